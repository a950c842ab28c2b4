"""States at other indices, where the client drives some of the agents itself."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest

from iai_proxy.diagnosis.egos import egos_of
from iai_proxy.diagnosis.registry import ALL, by_code
from iai_proxy.diagnosis.runner import run_checks
from iai_proxy.lineage import observe, restored_steps

from . import mistakes
from .views import bodies, calls_of, reported, views_of

Json = dict[str, Any]
AGENTS = 8


def driven(
    egos: Sequence[int], order: Sequence[int], at: Sequence[int], steps: int = 14
) -> list[Json]:
    """A run whose client drives egos at 7 m/s along x, and at some steps reorders the states.

    The service answers an ego at 7 m/s the same way, so the client sways by 5 cm: what it sends is
    its own.
    """

    def edit(step: int, request: Json) -> None:
        if not step:
            return
        states = request["agent_states"]
        for ego in egos:
            states[ego] = [10.0 * ego + 0.7 * step + 0.05 * (step % 2), 8.0 * ego, 0.0, 7.0]
        if step in at:
            request["agent_states"] = copy.deepcopy([states[agent] for agent in order])

    return mistakes.run(edit, agents=AGENTS, steps=steps, info=False)


def exchanged(one: int, other: int) -> list[int]:
    order = list(range(AGENTS))
    mistakes.swap(order, one, other)
    return order


def who(calls: list[Json], egos: Sequence[int]) -> list[tuple[int, ...]]:
    """The agents that are said to be at another index."""
    return [one.finding.agents for one in run_checks(*views_of(calls, egos), [by_code(10)]).located]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(("ego", "other"), [(0, 3), (2, 5), (5, 1), (0, 1), (7, 0), (6, 7)])
def test_an_ego_and_an_agent_that_were_exchanged_are_named_and_nobody_else(
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


def test_two_egos_that_were_exchanged_are_told_though_nobody_answered_either_state() -> None:
    calls = driven([0, 4], exchanged(0, 4), [6])
    assert reported(calls, [0, 4]) == [(10, 6, 7)]  # at 7 each goes on where the other was answered
    assert who(calls, [0, 4]) == [(0, 4)]


def test_an_ego_that_was_moved_to_the_end_moves_everybody() -> None:
    calls = driven([0], [*range(1, AGENTS), 0], [6])
    assert reported(calls, [0]) == [(10, 6, 6)]
    assert who(calls, [0]) == [tuple(range(AGENTS))]


def test_who_is_put_elsewhere_was_not_exchanged() -> None:
    """An ego goes on 60 m ahead: it jumps, and nobody else is meant."""

    def edit(step: int, request: Json) -> None:
        if step:
            request["agent_states"][0] = [
                0.7 * step + 0.05 * (step % 2) + 60.0 * (step >= 6),
                0.0,
                0.0,
                7.0,
            ]

    assert reported(mistakes.run(edit, agents=AGENTS, steps=14), [0]) == [(225, 6, 6)]


def test_whoever_is_no_ego_and_was_changed_is_told_beside_those_that_were_exchanged() -> None:
    def edit(step: int, request: Json) -> None:
        if step == 6:
            mistakes.swap(request["agent_states"], 2, 5)
            x, *rest = request["agent_states"][3]
            request["agent_states"][3] = [x + 1.0, *rest]

    calls = mistakes.run(edit, agents=AGENTS, steps=8)
    assert reported(calls) == [(10, 6, 6), (11, 6, 6)]
    assert who(calls, []) == [(2, 5)]
    (changed,) = [
        one.finding.agents
        for one in run_checks(*views_of(calls), ALL).located
        if one.check.code == 11
    ]
    assert changed == (3,)


def inferred(calls: list[Json]) -> list[int]:
    """The egos of the one simulation, as far as its requests tell."""
    observations = [
        observe(call, *bodies(one)) for call, one in zip(calls_of(calls), calls, strict=True)
    ]
    return sorted(egos_of(restored_steps(observations), None).by_simulation.get(1, ()))


def test_agents_that_stay_exchanged_are_no_egos() -> None:
    assert inferred(driven([], exchanged(1, 3), range(2, 15))) == []
    assert inferred(driven([0], exchanged(1, 3), range(2, 15))) == [0]


def test_an_ego_is_known_by_the_steps_at_which_it_was_not_exchanged() -> None:
    assert inferred(driven([0], exchanged(0, 7), range(6, 15))) == [0]
    assert inferred(driven([0], exchanged(0, 7), range(1, 15))) == [
        7
    ]  # where the ego's own state is all along
