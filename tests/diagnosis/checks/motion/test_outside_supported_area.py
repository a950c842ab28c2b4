"""Agents that stay outside the supported area."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.drivers import interleaved
from diagnosis.views import folded, views_of

from iai_proxy.diagnosis.registry import by_code
from iai_proxy.diagnosis.runner import run_checks

Json = dict[str, Any]


def test_each_agent_is_reported_since_it_left() -> None:
    """Agent 0 since step 3, agent 1 since step 8; agent 2 came back in between."""

    def answered(step: int, answer: dict[str, Any]) -> None:
        answer["is_inside_supported_area"] = [step < 3, step < 8, step < 3 or step % 8 == 0]

    found = folded(mistakes.run(answered=answered, steps=20), (), 226)
    shown = [(finding.step, finding.last_step, finding.agents, finding.value) for finding in found]
    assert shown == [(3, 20, (0,), 18), (8, 20, (1,), 13)]


@pytest.mark.parametrize("count", [1, 9, 40])
def test_agents_are_followed_where_others_leave_however_many_run_at_once(count: int) -> None:
    """Agent 2 is outside since step 2 and is agent 1 from step 10 on; another is outside once."""

    def make() -> list[Json]:
        def edit(step: int, request: Json) -> None:
            if step == 10:
                for name in ("agent_states", "recurrent_states", "agent_properties"):
                    del request[name][0]

        def answered(step: int, answer: Json) -> None:
            inside = [True] * len(answer["agent_states"])
            inside[2 if step < 10 else 1] = step < 2
            inside[-1] &= step != 11
            answer["is_inside_supported_area"] = inside

        return mistakes.run(edit, agents=4, steps=14, answered=answered, info=False)

    found = run_checks(*views_of(interleaved(count, make)), [by_code(226)]).located
    places = Counter((each.finding.step, each.finding.last_step) for each in found)
    assert places == {(2, 14): count}
