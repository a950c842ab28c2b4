"""Joining again what a client's own mistakes have torn apart."""

from __future__ import annotations

import random
from typing import Any

from diagnosis import mistakes
from hypothesis import given
from hypothesis import strategies as st
from lineage.joined_runs import joined_of, places, rounded

Json = dict[str, Any]


def test_a_sound_run_is_as_lineage_has_it() -> None:
    steps = joined_of(mistakes.run(steps=3, info=False))
    assert places(steps) == [
        (1, 0, None, False),
        (1, 1, 1, False),
        (1, 2, 2, False),
        (1, 3, 3, False),
    ]


def test_recurrent_states_rounded_at_every_step_leave_one_simulation() -> None:
    steps = joined_of(mistakes.run(mistakes.always(rounded), steps=3, info=False))
    assert places(steps) == [(1, 0, None, False), (1, 1, 1, True), (1, 2, 2, True), (1, 3, 3, True)]


def test_after_one_torn_step_the_numbers_go_on() -> None:
    steps = joined_of(mistakes.run(mistakes.at(2, rounded), steps=4, info=False))
    assert places(steps) == [
        (1, 0, None, False),
        (1, 1, 1, False),
        (1, 2, 2, True),
        (1, 3, 3, False),
        (1, 4, 4, False),
    ]


def test_where_states_are_changed_too_the_connection_tells() -> None:
    def spoil(request: Json) -> None:
        rounded(request)
        for state in request["agent_states"]:
            state[0] += 1.0

    first, second = (mistakes.run(mistakes.always(spoil), steps=2, info=False) for _ in range(2))
    for call in second:  # another client, elsewhere
        for body in call["request"], call["answer"]:
            for row in body.get("agent_states") or ():
                row[1] += 500.0
            if call["endpoint"] == "initialize" or body is call["answer"]:
                body["recurrent_states"] = [
                    [number + 7 for number in row] for row in body.get("recurrent_states") or ()
                ]
    mixed = [call for pair in zip(first, second, strict=True) for call in pair]
    steps = joined_of(mixed, ["a", "b"] * 3)
    assert places(steps) == [
        (1, 0, None, False),
        (2, 0, None, False),
        (1, 1, 1, True),
        (2, 1, 2, True),
        (1, 2, 3, True),
        (2, 2, 4, True),
    ]


def test_a_drive_that_continues_nothing_begins_a_simulation() -> None:
    steps = joined_of(mistakes.run(steps=2, info=False, initialize=False))
    assert places(steps) == [(1, 0, None, False), (1, 1, 1, False), (1, 2, 2, False)]


def test_a_drive_at_another_location_is_joined_to_nothing() -> None:
    run = mistakes.run(mistakes.at(2, rounded), steps=2, info=False)
    run[-1]["request"]["location"] = "town:elsewhere"
    assert places(joined_of(run))[-1][2:] == (None, False)


def test_with_another_number_of_agents_it_is_the_states_that_tell() -> None:
    def drop(request: Json) -> None:
        mistakes.drop(request, 1)
        rounded(request)

    assert places(joined_of(mistakes.run(mistakes.at(2, drop), steps=2, info=False)))[-1] == (
        1,
        2,
        2,
        True,
    )


def test_a_second_run_of_the_same_program_is_joined_to_its_own_steps() -> None:
    """Both runs have the same states, as with one seed: the latest is the one that goes on.

    Its number is the one that every other command gives to its ``initialize``.
    """
    run = mistakes.run(mistakes.always(rounded), steps=2, info=False)
    steps = joined_of([*run, *run])
    assert places(steps)[3:] == [(4, 0, None, False), (4, 1, 4, True), (4, 2, 5, True)]


def test_episodes_that_each_begin_with_a_drive_are_not_joined() -> None:
    """Their first calls have no recurrent states, and states that nobody answered."""
    episodes = [mistakes.run(steps=2, info=False, initialize=False) for _ in range(2)]
    for number, episode in enumerate(episodes):
        episode[0]["request"]["recurrent_states"] = None
        for call in episode:
            for body in call["request"], call["answer"]:
                body["agent_states"] = [
                    [x, y + 3.0 * number, *rest] for x, y, *rest in body["agent_states"]
                ]
                body["recurrent_states"] = body["recurrent_states"] and [
                    [number + value for value in row] for row in body["recurrent_states"]
                ]
    assert places(joined_of([*episodes[0], *episodes[1]])) == [
        (1, 0, None, False),
        (1, 1, 1, False),
        (1, 2, 2, False),
        (2, 0, None, False),
        (2, 1, 4, False),
        (2, 2, 5, False),
    ]


def test_agents_that_are_somewhere_else_altogether_continue_nothing() -> None:
    def leave(request: Json) -> None:
        rounded(request)
        for state in request["agent_states"]:
            state[1] += 200.0

    assert places(joined_of(mistakes.run(mistakes.at(2, leave), steps=2, info=False)))[-1] == (
        2,
        0,
        None,
        False,
    )


@given(st.sets(st.integers(1, 12)), st.integers(0, 2**32))
def test_whichever_steps_are_torn_it_is_one_simulation(torn: set[int], seed: int) -> None:
    draw = random.Random(seed)

    def edit(step: int, request: Json) -> None:
        if step in torn:
            draw.choice([rounded, lambda asked: asked.update(recurrent_states=None)])(request)

    steps = joined_of(mistakes.run(edit, steps=12, info=False))
    assert [(joined.simulation, joined.index) for joined in steps] == [
        (1, index) for index in range(13)
    ]
    assert all(
        joined.index in torn for joined in steps if joined.previous is not joined.step.parent
    )
