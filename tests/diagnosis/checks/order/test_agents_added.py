"""Agents that take the place of others are newcomers if they have nothing of theirs."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.views import findings_of, views_of

from iai_proxy.diagnosis.registry import ALL

Json = dict[str, Any]
LISTS = ("agent_states", "recurrent_states", "agent_properties")
NEWCOMER: tuple[list[float], list[float], Json] = (
    [20.0, 22.0, 1.0, 4.0],
    [0.0] * mistakes.NUMBERS,
    mistakes.car(length=5.5, width=2.1, rear_axis_offset=1.4),
)


@pytest.mark.parametrize("recurrent", ["null", "another's"])
@pytest.mark.parametrize("at", [2, 4], ids=["in its place", "last"])
def test_a_newcomer_of_another_size_is_another_whatever_recurrent_state_it_has(
    recurrent: str, at: int
) -> None:
    """Agent 2 of five leaves, and a newcomer with agent 0's recurrent state comes in 14 m away."""

    def edit(step: int, request: Json) -> None:
        if step == 3:
            for name, new in zip(LISTS, NEWCOMER, strict=True):
                gone = request[name].pop(2)
                request[name].insert(
                    at, [gone[0], gone[1] + 14.0, *new[2:]] if name == LISTS[0] else new
                )
            request[LISTS[1]][at] = list(request[LISTS[1]][0])
            if recurrent == "null":
                request[LISTS[1]] = None

    properties = [mistakes.car(length=4.0 + index / 10) for index in range(5)]
    found = findings_of(*views_of(mistakes.run(edit, properties=properties, steps=3)), ALL)
    mistake = 202 if recurrent == "null" else 200
    assert [(finding.code, finding.step) for finding in found] == [(100, 3), (101, 3), (mistake, 3)]


@pytest.mark.parametrize("at", [0, 2, 4], ids=["first", "in its place", "last"])
@pytest.mark.parametrize("away", [3.0, 8.0, 14.0])
def test_a_newcomer_near_one_that_leaves_in_the_same_step_is_another(at: int, away: float) -> None:
    """Agent 2 of five leaves, one of another size with zeros comes: 100 and 101, no mistake."""

    def edit(step: int, request: Json) -> None:
        if step == 3:
            for name, new in zip(LISTS, NEWCOMER, strict=True):
                gone = request[name].pop(2)
                request[name].insert(
                    at, [gone[0], gone[1] + away, *new[2:]] if name == LISTS[0] else new
                )

    properties = [mistakes.car(length=4.0 + index / 10) for index in range(5)]
    found = findings_of(*views_of(mistakes.run(edit, properties=properties, steps=5)), ALL)
    assert [(finding.code, finding.step, finding.agents) for finding in found] == [
        (100, 3, (2,)),
        (101, 3, (at,)),
    ]
