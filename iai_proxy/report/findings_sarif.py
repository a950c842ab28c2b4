"""Diagnoses as SARIF 2.1.0 (OASIS Static Analysis Results Interchange Format), which code hosts show.

A recording has no lines: a finding's place in it is a logical location, ``simulation 1/steps
12-40``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from iai_proxy import __version__
from iai_proxy.diagnosis.check import Check, Located, Severity
from iai_proxy.diagnosis.diagnosis import Diagnosis
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.report.explanations import explanation, rule_id
from iai_proxy.report.findings_json import finding_json
from iai_proxy.report.places import steps_of, whole

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_INFORMATION: Final = "https://www.inverted.ai"
_LEVEL: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def as_sarif(diagnoses: Sequence[Diagnosis]) -> str:
    """Return one run of the tool over all inputs."""
    made = (check for one in diagnoses for check in one.checks or ALL)
    found = (located.check for one in diagnoses for located in one.located)
    rules = sorted({*made, *found}, key=lambda check: (check.code, check.name))
    places = {check: index for index, check in enumerate(rules)}
    driver = {
        "name": "iai-proxy",
        "version": __version__,
        "informationUri": _INFORMATION,
        "rules": [_rule(check) for check in rules],
    }
    notes = [
        {"level": level, "message": {"text": _literal(told)}, "locations": [_location(one.file)]}
        for one in diagnoses
        for level, told in (("error", one.error), ("warning", one.note))
        if told
    ]
    run = {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": not any(one.error for one in diagnoses),
                "toolExecutionNotifications": notes,
            }
        ],
        "results": [
            _result(one.file, located, places[located.check])
            for one in diagnoses
            for located in one.located
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(check: type[Check]) -> dict[str, Any]:
    said = explanation(check)
    sections = (("Why", said.why), ("Example", said.example), ("Fix", said.fix))
    paragraphs = [f"**{name}:** " + "\n\n".join(told) for name, told in sections if told]
    return {
        "id": rule_id(check),
        "name": check.name,
        "shortDescription": {"text": said.summary},
        "fullDescription": {"text": " ".join((said.summary, *said.why))},
        "help": {"text": check.help, "markdown": "\n\n".join((*paragraphs, check.help))},
        "defaultConfiguration": {"level": _LEVEL[check.severity]},
    }


def _result(file: str, located: Located, rule: int) -> dict[str, Any]:
    check, finding = located.check, located.finding
    location = _location(file)
    if located.simulation is not None:
        steps = steps_of([finding])
        name = f"simulation {located.simulation}/{steps}"
        location["logicalLocations"] = [{"name": steps, "fullyQualifiedName": name, "kind": "step"}]
    properties = finding_json(file, located)
    return {
        "ruleId": rule_id(check),
        "ruleIndex": rule,
        "level": _LEVEL[check.severity],
        "message": {"text": _literal(f"{finding.sentence}. {check.help}")},
        "locations": [location],
        "properties": {
            name: properties[name]
            for name in ("simulation", "step", "last_step", "agents", "value")
        },
    }


def _location(file: str) -> dict[str, Any]:
    """A path as a URI reference (RFC 3986), relative to wherever the tool ran; a name that is no UTF-8 as its bytes."""
    try:
        uri = _uri(PurePath(file))
    except UnicodeEncodeError:
        uri = _uri(PurePath(whole(file)))
    return {"physicalLocation": {"artifactLocation": {"uri": uri}}}


def _uri(path: PurePath) -> str:
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogateescape")


def _literal(message: str) -> str:
    """In a SARIF message braces are placeholders unless they are doubled, and ``[…](…)`` is a link."""
    return whole(message).replace("{", "{{").replace("}", "}}").replace("](", "] (")
