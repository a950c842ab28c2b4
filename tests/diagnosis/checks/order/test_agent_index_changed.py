"""States at other indices, also of agents that the client drives itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.drivers import AGENTS, driven, exchanged, inferred
from diagnosis.views import reported, views_of

from iai_proxy.diagnosis.registry import ALL, by_code
from iai_proxy.diagnosis.runner import run_checks

Json = dict[str, Any]


def who(calls: list[Json], egos: Sequence[int]) -> list[tuple[int, ...]]:
    """The agents that are said to be at another index."""
    return [
        located.finding.agents
        for located in run_checks(*views_of(calls, egos), [by_code(10)]).located
    ]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(("ego", "other"), [(0, 3), (2, 5), (5, 1), (0, 1), (7, 0), (6, 7)])
def test_an_ego_and_an_agent_that_were_exchanged_are_named_and_no_other(
    ego: int, other: int, named: bool
) -> None:
    calls = driven([ego], exchanged(ego, other), [6])
    egos = [ego] if named else inferred(calls)
    assert egos == [ego]
    assert reported(calls, egos) == [(10, 6, 6)]
    assert who(calls, egos) == [tuple(sorted([ego, other]))]


def test_where_they_stay_exchanged_both_are_named_all_along() -> None:
    """From step 6 on the client sends its own state at index 7, and agent 7's at 0."""
    calls = driven([0], exchanged(0, 7), range(6, 15))
    assert reported(calls, [0]) == [(10, 6, 14)]
    assert who(calls, [0]) == [(0, 7)]


def test_two_egos_that_were_exchanged_are_named_though_no_answer_has_either_state() -> None:
    calls = driven([0, 4], exchanged(0, 4), [6])
    assert reported(calls, [0, 4]) == [(10, 6, 7)]  # at 7 each goes on where the other was answered
    assert who(calls, [0, 4]) == [(0, 4)]


def test_an_ego_that_was_moved_to_the_end_moves_all() -> None:
    calls = driven([0], [*range(1, AGENTS), 0], [6])
    assert reported(calls, [0]) == [(10, 6, 6)]
    assert who(calls, [0]) == [tuple(range(AGENTS))]


def test_an_ego_that_is_put_elsewhere_was_not_exchanged() -> None:
    """An ego goes on 60 m ahead: it jumps, and no other agent is meant."""

    def edit(step: int, request: Json) -> None:
        if step:
            request["agent_states"][0] = [
                0.7 * step + 0.05 * (step % 2) + 60.0 * (step >= 6),
                0.0,
                0.0,
                7.0,
            ]

    assert reported(mistakes.run(edit, agents=AGENTS, steps=14), [0]) == [(225, 6, 6)]


def test_an_agent_that_was_changed_is_reported_beside_those_that_were_exchanged() -> None:
    def edit(step: int, request: Json) -> None:
        if step == 6:
            mistakes.swap(request["agent_states"], 2, 5)
            x, *rest = request["agent_states"][3]
            request["agent_states"][3] = [x + 1.0, *rest]

    calls = mistakes.run(edit, agents=AGENTS, steps=8)
    assert reported(calls) == [(10, 6, 6), (11, 6, 6)]
    assert who(calls, []) == [(2, 5)]
    (changed,) = [
        located.finding.agents
        for located in run_checks(*views_of(calls), ALL).located
        if located.check.code == 11
    ]
    assert changed == (3,)
