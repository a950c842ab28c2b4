"""Many simulations through one proxy, in turn: each is remembered as if it were alone."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from iai_proxy.diagnosis.registry import ALL, by_code
from iai_proxy.diagnosis.runner import run_checks

from . import mistakes
from .views import views_of

Json = dict[str, Any]


def interleaved(count: int, make: Callable[[], list[Json]]) -> list[Json]:
    """The same run many times, each elsewhere with its own recurrent states, in turn."""
    runs = []
    for number in range(count):
        calls = copy.deepcopy(make())
        for body in (call[side] for call in calls for side in ("request", "answer")):
            for name, away in (("recurrent_states", 100.0), ("agent_states", 1000.0)):
                body[name] = [
                    [row[0] + away * number, *row[1:]] for row in body.get(name) or ()
                ] or body.get(name)
        runs.append(calls)
    return [call for turn in zip(*runs, strict=True) for call in turn]


@pytest.mark.parametrize("count", [1, 9, 40])
def test_recurrent_states_of_older_steps_are_known_however_many_run_at_once(count: int) -> None:
    def make() -> list[Json]:
        first: Json = {}

        def edit(step: int, request: Json) -> None:
            if step == 1:
                first.update(copy.deepcopy(request))
            if step >= 4:
                request["recurrent_states"] = copy.deepcopy(first["recurrent_states"])

        return mistakes.run(edit, steps=6, info=False)

    found = run_checks(*views_of(interleaved(count, make)), ALL).located
    assert Counter((one.check.code, one.finding.step, one.finding.last_step) for one in found) == {
        (205, 4, 6): count
    }
    assert {one.finding.message for one in found} == {
        "agents 0, 1 and 2 are sent with a recurrent state that is up to 5 steps old"
    }


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
    assert Counter((one.finding.step, one.finding.last_step) for one in found) == {(2, 14): count}
