"""Diagnoses as JUnit XML, which CI servers show: a test suite an input, a test case a check made on it.

The form is that of Apache Ant's JUnit task, as Jenkins and GitLab read it
(https://llg.cubic.org/docs/junit/). Failures are what ``--fail-on`` fails on; without it errors and
warnings, told apart by their type, since JUnit knows no warnings and would hide them. Whatever else
was found stands in the output of a case that passed. What could not be read, or only in part, is a
case of its own with an error.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from iai_proxy.diagnosis.check import Check, Located, Severity
from iai_proxy.diagnosis.diagnosis import Diagnosis
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.report.explanations import rule_id
from iai_proxy.report.places import place_of

#: What XML 1.0 can't hold, not even escaped (section 2.2).
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(diagnoses: Sequence[Diagnosis], fails: Callable[[Located], bool] | None = None) -> str:
    """Return a test suite an input.

    Args:
        diagnoses: of the inputs.
        fails: tells whether a finding is a failure; None for errors and warnings.
    """
    root = ET.Element("testsuites", name="iai-proxy diagnose")
    root.extend(_suite(one, fails or _is_no_info) for one in diagnoses)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _is_no_info(located: Located) -> bool:
    return located.check.severity is not Severity.INFO


def _suite(diagnosis: Diagnosis, fails: Callable[[Located], bool]) -> ET.Element:
    file = _legal(diagnosis.file)
    suite = ET.Element("testsuite", name=file)
    if trouble := diagnosis.error or diagnosis.note:
        case = ET.SubElement(suite, "testcase", classname=file, name="can be read")
        ET.SubElement(
            case,
            "error",
            message=_legal(trouble),
            type="unreadable" if diagnosis.error else "incomplete",
        )
    if not diagnosis.error:
        found: defaultdict[type[Check], list[Located]] = defaultdict(list)
        for located in diagnosis.located:
            found[located.check].append(located)
        for check in dict.fromkeys((*(diagnosis.checks or ALL), *found)):
            suite.append(_case(file, check, found.get(check, []), fails))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    return suite


def _case(
    file: str, check: type[Check], found: Sequence[Located], fails: Callable[[Located], bool]
) -> ET.Element:
    case = ET.Element("testcase", classname=file, name=f"{rule_id(check)} {check.name}")
    if found:
        lines = [_line(one) for one in found]
        told = "\n".join((*lines, f"What to do: {check.help}"))
        if not any(map(fails, found)):
            ET.SubElement(case, "system-out").text = told
        else:
            more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
            failure = ET.SubElement(
                case, "failure", message=f"{lines[0]}{more}", type=check.severity.value
            )
            failure.text = told
    return case


def _line(one: Located) -> str:
    place = place_of(one)
    return _legal(f"{place}: {one.finding.sentence}" if place else one.finding.sentence)


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", text)
