"""Diagnoses as JSON; the field names are a contract."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from iai_proxy.diagnosis.check import Located, Severity
from iai_proxy.diagnosis.result import Diagnosis
from iai_proxy.report.findings_by_code import by_code_json
from iai_proxy.text import encodable


def as_json(diagnoses: Sequence[Diagnosis]) -> str:
    """Return ``{"findings": […], "summary": {…}}``, indented.

    The summary of several inputs has ``checks``: what they have in common.
    """
    findings = [
        finding_json(diagnosis.file, located)
        for diagnosis in diagnoses
        for located in diagnosis.located
    ]
    summary = _summary(diagnoses)
    if len(diagnoses) > 1:
        summary = {"checks": by_code_json(diagnoses), **summary}
    return json.dumps({"findings": findings, "summary": summary}, indent=2) + "\n"


def finding_json(file: str, located: Located) -> dict[str, Any]:
    """Return one finding as a JSON value. Without a simulation it has no steps either."""
    check, finding = located.check, located.finding
    has_steps = located.simulation is not None
    is_number = finding.value is not None and math.isfinite(finding.value)  # JSON has no infinity
    return {
        "code": check.code,
        "name": check.name,
        "severity": check.severity.value,
        "file": encodable(file),
        "simulation": located.simulation,
        "step": finding.step if has_steps else None,
        "last_step": finding.last_step if has_steps else None,
        "call": located.call,
        "agents": list(finding.agents),
        "value": finding.value if is_number else None,
        "message": encodable(finding.sentence),
        "help": check.help,
    }


def _summary(diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    checks = [located.check for diagnosis in diagnoses for located in diagnosis.located]
    severities = Counter(check.severity for check in checks)
    codes = Counter(check.code for check in checks)
    return {
        "files": len(diagnoses),
        "simulations": sum(diagnosis.simulations for diagnosis in diagnoses),
        "steps": sum(diagnosis.steps for diagnosis in diagnoses),
        "severities": {severity.value: severities[severity] for severity in Severity},
        "codes": {str(code): codes[code] for code in sorted(codes)},
        "egos": [_egos(diagnosis) for diagnosis in diagnoses],
        "unreadable": _messages((found.file, found.error) for found in diagnoses),
        "notes": _messages((found.file, found.note) for found in diagnoses),
    }


def _egos(diagnosis: Diagnosis) -> dict[str, Any]:
    inferred = diagnosis.egos.by_simulation
    return {
        "file": encodable(diagnosis.file),
        "agents": sorted(diagnosis.egos.named or frozenset().union(*inferred.values())),
        "inferred": bool(inferred),
        "simulations": [
            {"simulation": number, "agents": sorted(agents)}
            for number, agents in sorted(inferred.items())
        ],
    }


def _messages(messages: Iterable[tuple[str, str | None]]) -> list[dict[str, str]]:
    return [
        {"file": encodable(file), "message": encodable(message)}
        for file, message in messages
        if message
    ]
