"""Recurrent states that were spoilt are read as those that the client was given."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from diagnosis import mistakes
from hypothesis import example, given
from hypothesis import strategies as st
from lineage.joined_runs import places, restored_of

Json = dict[str, Any]


def stale(by: int, first: int = 1) -> mistakes.Edit:
    """From a step on, send the recurrent states of ``by`` answers before the latest."""
    answered: list[Any] = []

    def edit(step: int, request: Json) -> None:
        if "agent_states" in request:
            answered.append(request["recurrent_states"])
            if step >= first:
                request["recurrent_states"] = answered[max(len(answered) - 1 - by, 0)]

    return edit


@pytest.mark.parametrize("by", [1, 2, 3, 100])
def test_steps_that_send_older_recurrent_states_are_one_chain(by: int) -> None:
    steps = restored_of(mistakes.run(stale(by), steps=8, info=False))
    assert places(steps) == [(1, 0, None, False), *((1, at, at, False) for at in range(1, 9))]


def test_a_client_that_goes_back_to_an_older_step_goes_on_from_there() -> None:
    run = mistakes.run(steps=6, info=False)
    again = json.loads(json.dumps(run[3]))  # step 3 once more, otherwise
    again["answer"]["recurrent_states"] = [
        [number + 3 for number in row] for row in again["answer"]["recurrent_states"]
    ]
    again["answer"]["agent_states"] = [
        [x + 2.0, *rest] for x, *rest in again["answer"]["agent_states"]
    ]
    assert places(restored_of([*run, again]))[-1] == (1, 3, 3, False)


@example(443)  # these seven draws are runs that were once restored wrongly
@example(528)
@example(1982)
@example(2054)
@example(4131)
@example(4567)
@example(5646)
@given(st.integers(0, 2**32))
def test_whatever_recurrent_states_are_sent_the_states_tell_the_steps(seed: int) -> None:
    draw = random.Random(seed)

    def edit(step: int, request: Json) -> None:
        rows = request.get("recurrent_states") or []
        for agent in range(len(rows)):
            spoil = draw.choice(["nothing", "round", "swap", "older"])
            if spoil == "round":
                rows[agent] = [round(number, 3) for number in rows[agent]]
            elif spoil == "swap":
                other = draw.randrange(len(rows))
                rows[agent], rows[other] = rows[other], rows[agent]
            elif spoil == "older" and seen:
                rows[agent] = draw.choice(seen)
        seen.extend(answered)
        answered[:] = [list(row) for row in rows]

    seen: list[list[float]] = []
    answered: list[list[float]] = []
    steps = restored_of(mistakes.run(edit, agents=4, steps=8, info=False))
    assert [place[:3] for place in places(steps)] == [
        (1, 0, None),
        *((1, at, at) for at in range(1, 9)),
    ]
    assert all(joined.step.agents == steps[0].step.agents for joined in steps)


def test_states_of_another_simulation_do_not_take_a_step_there() -> None:
    """A client that sets its agents where another simulation predicted them keeps its own."""
    one = mistakes.run(steps=3, info=False)
    other = json.loads(json.dumps(one))
    for call in other:
        for body in call["request"], call["answer"]:
            body["recurrent_states"] = body.get("recurrent_states") and [
                [number + 7 for number in row] for row in body["recurrent_states"]
            ]
    for call in other[1:]:
        call["answer"]["agent_states"] = [
            [x, y + 9.0, *rest] for x, y, *rest in call["answer"]["agent_states"]
        ]
    assert [place[:3] for place in places(restored_of([*one, *other]))][4:] == [
        (2, 0, None), (2, 1, 5), (2, 2, 6), (2, 3, 7),
    ]  # fmt: skip
