"""Which agents a client drives itself."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.drivers import driven, exchanged, inferred
from lineage.joined_runs import joined_of, rounded

from iai_proxy.diagnosis.egos import egos_of

AGENTS = 8

Json = dict[str, Any]


def inferred_of(run: list[Json]) -> dict[int, set[int]]:
    """By simulation the indices of its egos."""
    return {
        number: set(indices)
        for number, indices in egos_of(joined_of(run), None).by_simulation.items()
    }


def moved(*agents: int, by: float = 1.0, steps: range = range(1, 100)) -> mistakes.Edit:
    def edit(step: int, request: Json) -> None:
        for agent in agents:
            if step in steps:
                request["agent_states"][agent][0] += by

    return edit


@pytest.mark.parametrize(
    ("edit", "egos"),
    [
        (moved(), set()),
        (moved(1), {1}),
        (moved(0, 3), {0, 3}),
        (moved(1, steps=range(4, 100)), {1}),  # 7 of 10
        (moved(1, steps=range(6, 100)), set()),  # 5 of 10 are not most
        (moved(1, steps=range(10, 11)), set()),
        (moved(1, by=0.009), set()),  # rounded to centimetres
        (moved(0, 1, 2, 3), set()),  # no client drives all agents, and has the API predict none
    ],
)
def test_egos_are_those_overwritten_at_most_steps(edit: mistakes.Edit, egos: set[int]) -> None:
    assert inferred_of(mistakes.run(edit, agents=4, steps=10, info=False)) == (
        {1: egos} if egos else {}
    )


def test_one_overwritten_step_makes_no_ego() -> None:
    assert not inferred_of(mistakes.run(moved(1), steps=1, info=False))


def test_an_ego_is_told_although_recurrent_states_were_spoilt() -> None:
    def edit(step: int, request: Json) -> None:
        if step:
            rounded(request)
            request["agent_states"][0][0] += 1.0

    assert inferred_of(mistakes.run(edit, agents=4, steps=10, info=False)) == {1: {0}}


def test_an_ego_is_followed_where_others_leave_before_it_in_the_list() -> None:
    def edit(step: int, request: Json) -> None:
        if step == 3:
            mistakes.drop(request, 1)
        if step:
            request["agent_states"][-1][0] += 1.0

    run = mistakes.run(edit, agents=5, steps=4, info=False)
    assert inferred_of(run) == {1: {4}}  # by the index when it came in, as --ego names it
    egos = egos_of(steps := joined_of(run), None)
    assert [egos.at(joined.step) for joined in steps] == [{4}, {4}, {4}, {3}, {3}]


def test_each_simulation_has_its_own_egos() -> None:
    one = mistakes.run(moved(0), agents=4, steps=6, info=False)
    other = mistakes.run(moved(2), agents=4, steps=6, info=False, initialize=False)
    for call in other:  # elsewhere
        for body in call["request"], call["answer"]:
            body["agent_states"] = [[x, y + 500.0, *rest] for x, y, *rest in body["agent_states"]]
            body["recurrent_states"] = [
                [number + 7 for number in row] for row in body["recurrent_states"]
            ]
    assert inferred_of([*one, *other]) == {1: {0}, 2: {2}}


def test_an_ego_without_a_recurrent_state_is_followed_by_its_place() -> None:
    def edit(step: int, request: Json) -> None:
        if step:
            request["agent_states"][2][0] += 1.0
            request["recurrent_states"][2] = [0.0] * len(request["recurrent_states"][2])

    assert inferred_of(mistakes.run(edit, agents=5, steps=6, info=False)) == {1: {2}}


def test_a_named_ego_is_followed_from_the_index_where_it_begins() -> None:
    def edit(step: int, request: Json) -> None:
        if step == 3:
            mistakes.drop(request, 1)

    steps = joined_of(mistakes.run(edit, agents=5, steps=4, info=False))
    egos = egos_of(steps, [3])
    assert (egos.named, egos.by_simulation) == ({3}, {})
    assert [egos.at(joined.step) for joined in steps] == [{3}, {3}, {3}, {2}, {2}]
    assert [egos_of(steps, []).at(joined.step) for joined in steps] == [set()] * 5


def test_agents_that_stay_exchanged_are_no_egos() -> None:
    assert inferred(driven([], exchanged(1, 3), range(2, 15))) == []
    assert inferred(driven([0], exchanged(1, 3), range(2, 15))) == [0]


def test_an_ego_is_known_by_the_steps_at_which_it_was_not_exchanged() -> None:
    assert inferred(driven([0], exchanged(0, 7), range(6, 15))) == [0]
    # Its own state is at index 7 all along.
    assert inferred(driven([0], exchanged(0, 7), range(1, 15))) == [7]
