"""Diagnoses as JUnit XML, which CI servers show: one test suite per input, one test case per check.

The form is that of Apache Ant's JUnit task, as Jenkins and GitLab read it
(https://llg.cubic.org/docs/junit/). Failures are what ``--fail-on`` fails on; without it, errors
and warnings. Their type tells them apart: JUnit knows no warnings and would hide them. All other
findings are in the output of a case that passes. An input that could not be read, or only in part,
has a case of its own with an error.

XML 1.0 can't hold most control characters, not even escaped (section 2.2), and CI servers show the
rest as it is: what can't be seen is shown as :func:`printable` has it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from xml.etree import ElementTree as ET

from iai_proxy.diagnosis.check import Check, Located, Severity
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.result import Diagnosis
from iai_proxy.report.explanations import rule_id
from iai_proxy.report.finding_places import place_of
from iai_proxy.text import printable


def as_junit(diagnoses: Sequence[Diagnosis], fails: Callable[[Located], bool] | None = None) -> str:
    """Return the XML document.

    Args:
        diagnoses: of the inputs.
        fails: tells whether a finding is a failure; None for errors and warnings.
    """
    root = ET.Element("testsuites", name="iai-proxy diagnose")
    root.extend(_suite(diagnosis, fails or _is_error_or_warning) for diagnosis in diagnoses)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _is_error_or_warning(located: Located) -> bool:
    return located.check.severity is not Severity.INFO


def _suite(diagnosis: Diagnosis, fails: Callable[[Located], bool]) -> ET.Element:
    file = printable(diagnosis.file)
    suite = ET.Element("testsuite", name=file)
    if trouble := diagnosis.error or diagnosis.note:
        case = ET.SubElement(suite, "testcase", classname=file, name="can be read")
        kind = "unreadable" if diagnosis.error else "incomplete"
        ET.SubElement(case, "error", message=printable(trouble), type=kind)
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
    if not found:
        return case
    lines = [_line(located) for located in found]
    output = "\n".join((*lines, f"What to do: {check.help}"))
    if any(map(fails, found)):
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        message = f"{lines[0]}{more}"
        failure = ET.SubElement(case, "failure", message=message, type=check.severity.value)
        failure.text = output
    else:
        ET.SubElement(case, "system-out").text = output
    return case


def _line(located: Located) -> str:
    place, sentence = place_of(located), located.finding.sentence
    return printable(f"{place}: {sentence}" if place else sentence)
