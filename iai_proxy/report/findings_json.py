"""Diagnoses as JSON; the field names are a contract."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from iai_proxy.diagnosis.check import Located, Severity
from iai_proxy.diagnosis.diagnosis import Diagnosis
from iai_proxy.report.places import whole


def as_json(diagnoses: Sequence[Diagnosis]) -> str:
    """Return ``{"findings": […], "summary": {…}}``, indented."""
    findings = [finding_json(one.file, located) for one in diagnoses for located in one.located]
    return json.dumps({"findings": findings, "summary": _summary(diagnoses)}, indent=2) + "\n"


def finding_json(file: str, located: Located) -> dict[str, Any]:
    """Return one finding as a JSON value. What belongs to no simulation has no steps either."""
    check, finding = located.check, located.finding
    value = finding.value
    placed = located.simulation is not None
    return {
        "code": check.code,
        "name": check.name,
        "severity": check.severity.value,
        "file": whole(file),
        "simulation": located.simulation,
        "step": finding.step if placed else None,
        "last_step": finding.last_step if placed else None,
        "agents": list(finding.agents),
        "value": value
        if value is not None and math.isfinite(value)
        else None,  # JSON knows no infinity
        "message": whole(finding.sentence),
        "help": check.help,
    }


def _summary(diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    located = [one for diagnosis in diagnoses for one in diagnosis.located]
    severities = Counter(one.check.severity for one in located)
    codes = Counter(one.check.code for one in located)
    return {
        "files": len(diagnoses),
        "simulations": sum(one.simulations for one in diagnoses),
        "steps": sum(one.steps for one in diagnoses),
        "severities": {severity.value: severities[severity] for severity in Severity},
        "codes": {str(code): codes[code] for code in sorted(codes)},
        "egos": [
            {
                "file": whole(one.file),
                "agents": sorted(
                    one.egos.named or frozenset().union(*one.egos.by_simulation.values())
                ),
                "inferred": bool(one.egos.by_simulation),
                "simulations": [
                    {"simulation": number, "agents": sorted(agents)}
                    for number, agents in sorted(one.egos.by_simulation.items())
                ],
            }
            for one in diagnoses
        ],
        "unreadable": [
            {"file": whole(one.file), "message": whole(one.error)} for one in diagnoses if one.error
        ],
        "notes": [
            {"file": whole(one.file), "message": whole(one.note)} for one in diagnoses if one.note
        ],
    }
