"""Agents that stay outside the supported area."""

from __future__ import annotations

from typing import Any

from diagnosis import mistakes
from diagnosis.views import folded


def test_each_agent_is_reported_since_it_left() -> None:
    """Agent 0 since step 3, agent 1 since step 8; agent 2 came back in between."""

    def answered(step: int, answer: dict[str, Any]) -> None:
        answer["is_inside_supported_area"] = [step < 3, step < 8, step < 3 or step % 8 == 0]

    found = folded(mistakes.run(answered=answered, steps=20), (), 226)
    shown = [(finding.step, finding.last_step, finding.agents, finding.value) for finding in found]
    assert shown == [(3, 20, (0,), 18), (8, 20, (1,), 13)]
