"""Each check on a run with the mistake that it is for: the findings of all checks, and no others.

``UPDATE_GOLDEN=1 pytest tests/diagnosis/test_golden.py`` writes both files of each pair anew, the
runs from ``mistakes.py``; look at the difference before you keep it.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from iai_proxy.diagnosis.check import Check
from iai_proxy.diagnosis.registry import ALL

from .mistakes import EGOS, MISTAKES
from .views import findings_of, views_of

GOLDEN = Path(__file__).parent / "golden"
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))


def written(values: dict[str, Any], lists: str) -> str:
    """JSON with a line for each entry of one list."""
    rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in values[lists])
    head = "".join(
        f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)},\n"
        for key, value in values.items()
        if key != lists
    )
    return f'{{\n{head} "{lists}": [\n{rows}\n ]\n}}\n'


def test_a_finding_whose_message_names_agents_has_them() -> None:
    written = [json.loads(path.read_text()) for path in sorted(GOLDEN.glob("*.findings.json"))]
    found = [finding for each in written for finding in each["findings"]]
    naming = [(finding, int(named[1])) for finding in found
              if (named := re.search(r"\bagents? (\d+)", finding["message"]))]  # fmt: skip
    assert len({finding["code"] for finding, _ in naming}) > 10
    for finding, first in naming:
        assert first in finding["agents"], finding


@pytest.mark.parametrize("check", ALL, ids=lambda check: f"{check.code}-{check.name}")
def test_a_mistake_gives_the_golden_findings(check: type[Check]) -> None:
    made = GOLDEN / f"{check.code}-{check.name}.run.json"
    expected = GOLDEN / f"{check.code}-{check.name}.findings.json"
    if UPDATE:
        mistake = MISTAKES[check.code]
        why = " ".join((mistake.__doc__ or "").split())
        made.write_text(
            written({"why": why, "egos": EGOS.get(check.code, []), "calls": mistake()}, "calls")
        )
    given = json.loads(made.read_text())
    found = list(findings_of(*views_of(given["calls"], given["egos"]), ALL))
    shown = [
        {
            **{
                name: value
                for name, value in asdict(finding).items()
                if name not in {"agents_at", "guess", "kind"}
            },
            "agents": list(finding.agents),
            "message": finding.sentence,
            "severity": next(check.severity for check in ALL if check.code == finding.code),
        }
        for finding in found
    ]
    if UPDATE:
        expected.write_text(written({"findings": shown}, "findings"))
    assert shown == json.loads(expected.read_text())["findings"]
    assert check.code in {finding.code for finding in found}
