"""Sizes that changed, and sizes that moved to another index."""

from __future__ import annotations

from typing import Any

from diagnosis import mistakes
from diagnosis.views import findings_of, views_of

from iai_proxy.diagnosis.registry import ALL, by_code

Json = dict[str, Any]


def test_sizes_exchanged_with_an_ego_are_not_modified() -> None:
    def edit(step: int, request: Json) -> None:
        if step == 3:
            mistakes.swap(request["agent_properties"], 0, 2)

    (finding,) = findings_of(*views_of(mistakes.run(edit), [0]), [by_code(51), by_code(52)])
    assert (finding.code, finding.step, finding.agents) == (52, 3, (0, 2))


def test_properties_that_shifted_after_an_agent_left_are_recognised() -> None:
    """Agent 1 leaves the states, agent 2 the properties: agent 2, now 1, has 1's sizes."""

    def edit(step: int, request: Json) -> None:
        if step == 3:
            del (
                request["agent_states"][1],
                request["recurrent_states"][1],
                request["agent_properties"][2],
            )

    found = [
        finding
        for finding in findings_of(*views_of(mistakes.run(edit, steps=3)), ALL)
        if finding.code in {51, 52}
    ]
    assert [(finding.code, finding.agents) for finding in found] == [(52, (1,))]
