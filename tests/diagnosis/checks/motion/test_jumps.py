"""Agents that move as no vehicle can."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.views import findings_of, reported, views_of

from iai_proxy.diagnosis.registry import ALL

Json = dict[str, Any]


@pytest.mark.parametrize("stands", [True, False], ids=["stands", "is driven by the API"])
def test_a_jump_that_is_repeated_later_is_reported_again(stands: bool) -> None:
    """5 m at steps 3 and 8; at those between the ego stands, or is left to the API."""
    place = [0.0, 0.0, 0.0, 0.0]

    def edit(step: int, request: Json) -> None:
        if step == 1:
            place[:] = request["agent_states"][0]
        elif step in {3, 8}:
            place[0] += 5.0
        elif not stands:
            return
        request["agent_states"] = [[*place[:3], 0.0], *request["agent_states"][1:]] if step else []

    found = reported(
        mistakes.run(edit, steps=10, history=mistakes.placed([0.0, 0.0, 0.0, 0.0])), [0]
    )
    assert [row for row in found if row[0] == 225] == [(225, 3, 3), (225, 8, 8)]


def test_egos_are_exempt_from_equality_but_not_from_jumps() -> None:
    def edit(step: int, request: dict[str, Any]) -> None:
        if step == 2:
            request["agent_states"][1][1] += 14.0
            request["recurrent_states"][1] = [0.0] * mistakes.NUMBERS
            request["agent_properties"][1]["length"] = 5.5

    calls = mistakes.run(edit)
    assert [finding.code for finding in findings_of(*views_of(calls, [1]), ALL)] == [225]
