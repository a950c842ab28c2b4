"""Diagnoses as SARIF 2.1.0 (OASIS Static Analysis Results Interchange Format), for code hosts.

A recording has no lines: a finding's place in it is a logical location, such as ``simulation
1/steps 12-40``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from iai_proxy import __version__
from iai_proxy.diagnosis.check import Check, Located, Severity
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.result import Diagnosis
from iai_proxy.report.explanations import explanation, rule_id
from iai_proxy.report.finding_places import steps_of
from iai_proxy.report.findings_json import finding_json
from iai_proxy.text import encodable, printable

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_INFORMATION: Final = "https://www.inverted.ai"
_LEVEL: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROPERTIES: Final = ("simulation", "step", "last_step", "agents", "value")


def as_sarif(diagnoses: Sequence[Diagnosis]) -> str:
    """Return one run of the tool over all inputs."""
    made = (check for diagnosis in diagnoses for check in diagnosis.checks or ALL)
    found = (located.check for diagnosis in diagnoses for located in diagnosis.located)
    rules = sorted({*made, *found}, key=lambda check: (check.code, check.name))
    driver = {
        "name": "iai-proxy",
        "version": __version__,
        "informationUri": _INFORMATION,
        "rules": [_rule(check) for check in rules],
    }
    invocation = {
        "executionSuccessful": not any(diagnosis.error for diagnosis in diagnoses),
        "toolExecutionNotifications": list(_notifications(diagnoses)),
    }
    results = [
        _result(diagnosis.file, located, rules.index(located.check))
        for diagnosis in diagnoses
        for located in diagnosis.located
    ]
    run = {"tool": {"driver": driver}, "invocations": [invocation], "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(check: type[Check]) -> dict[str, Any]:
    parts = explanation(check)
    paragraphs = [f"**{name}:** " + "\n\n".join(texts) for name, texts in parts.sections]
    return {
        "id": rule_id(check),
        "name": check.name,
        "shortDescription": {"text": parts.summary},
        "fullDescription": {"text": " ".join((parts.summary, *parts.why))},
        "help": {"text": check.help, "markdown": "\n\n".join((*paragraphs, check.help))},
        "defaultConfiguration": {"level": _LEVEL[check.severity]},
    }


def _notifications(diagnoses: Sequence[Diagnosis]) -> Iterator[dict[str, Any]]:
    for diagnosis in diagnoses:
        for level, message in (("error", diagnosis.error), ("warning", diagnosis.note)):
            if message:
                text, location = _literal(message), _location(diagnosis.file)
                yield {"level": level, "message": {"text": text}, "locations": [location]}


def _result(file: str, located: Located, rule: int) -> dict[str, Any]:
    check, finding = located.check, located.finding
    location = _location(file)
    if located.simulation is not None:
        steps = steps_of([finding])
        name = f"simulation {located.simulation}/{steps}"
        location["logicalLocations"] = [{"name": steps, "fullyQualifiedName": name, "kind": "step"}]
    values = finding_json(file, located)
    call = {} if located.call is None else {"call": located.call}
    return {
        "ruleId": rule_id(check),
        "ruleIndex": rule,
        "level": _LEVEL[check.severity],
        "message": {"text": _literal(f"{finding.sentence}. {check.help}")},
        "locations": [location],
        "properties": {name: values[name] for name in _PROPERTIES} | call,
    }


def _location(file: str) -> dict[str, Any]:
    """Return a path as a URI reference (RFC 3986); one that is not UTF-8 as its bytes.

    A relative path is relative to where the tool ran.
    """
    try:
        uri = _uri(PurePath(file))
    except UnicodeEncodeError:
        uri = _uri(PurePath(encodable(file)))
    return {"physicalLocation": {"artifactLocation": {"uri": uri}}}


def _uri(path: PurePath) -> str:
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogateescape")


def _literal(message: str) -> str:
    """Return a message as code hosts show it: single braces are placeholders, ``[…](…)`` a link."""
    return printable(message).replace("{", "{{").replace("}", "}}").replace("](", "] (")
