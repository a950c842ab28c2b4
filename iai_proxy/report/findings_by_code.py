"""What several inputs have in common: the findings of each check, counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from iai_proxy.diagnosis.check import Check, Located, Severity
from iai_proxy.diagnosis.result import Diagnosis
from iai_proxy.report.finding_places import place_of
from iai_proxy.text import encodable

_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(slots=True)
class CheckCount:
    """The findings of one check in all inputs.

    Attributes:
        check: which.
        findings: how many.
        files: how many inputs have some.
        worst: the worst of them.
        worst_file: the input that has it.
    """

    check: type[Check]
    findings: int
    files: int
    worst: Located
    worst_file: str

    @property
    def example(self) -> str:
        """Where the worst is: ``runs/7.iairec, simulation 1, step 47, call 49, agent 3``."""
        return ", ".join(filter(None, (self.worst_file, place_of(self.worst))))


def by_code(diagnoses: Iterable[Diagnosis]) -> list[CheckCount]:
    """Return the checks that found something, the most severe first, then by code."""
    counts: dict[type[Check], CheckCount] = {}
    for diagnosis in diagnoses:
        new = set[type[Check]]()
        for located in diagnosis.located:
            check = located.check
            if check not in counts:
                counts[check] = CheckCount(check, 0, 0, located, diagnosis.file)
            count = counts[check]
            count.findings += 1
            count.files += check not in new
            new.add(check)
            if check.badness(located.finding) > check.badness(count.worst.finding):
                count.worst, count.worst_file = located, diagnosis.file
    return sorted(
        counts.values(),
        key=lambda count: (_RANKS[count.check.severity], count.check.code, count.check.name),
    )


def by_code_json(diagnoses: Iterable[Diagnosis]) -> list[dict[str, Any]]:
    """Return the counts as JSON values."""
    return [
        {
            "code": count.check.code,
            "name": count.check.name,
            "severity": count.check.severity.value,
            "findings": count.findings,
            "files": count.files,
            "example": encodable(count.example),
        }
        for count in by_code(diagnoses)
    ]
