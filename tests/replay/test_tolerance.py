"""How far a state may be from the recorded one, and the flags that accept more."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.replays import Replay, missed, moved, truth
from support.worlds import Held, World

from iai_proxy.replay import Assemble, Decision, Miss, MissKind
from iai_proxy.replay.tolerance import rounded_up


def flags(text: str) -> dict[str, str | float]:
    """What ``--match nearest --tolerance 2.5`` would set."""
    found: dict[str, str | float] = dict(re.findall(r"--(match) (\S+)", text))
    return {
        **found,
        **{name: float(value) for name, value in re.findall(r"--(tolerance) (\S+)", text)},
    }


@given(
    st.sampled_from(["step", "nearest"]),
    st.none() | st.floats(0.0, 5.0),
    st.one_of(st.floats(-3.0, 3.0), st.floats(-2000.0, 2000.0), st.floats(-1e-9, 1e-9)),
    st.booleans(),
    st.booleans(),
)
def test_the_flag_that_a_miss_names_accepts_the_request(
    match: str, tolerance: float | None, offset: float, lost: bool, initialize: bool
) -> None:
    world = World()
    placed = [Held(-1, [0.0, 0.0, 0.0, 0.0], None)] if initialize else []
    begun = moved(world.initialize(2, sent=placed), 1, x=0.0, speed=0.0)
    world.drive(begun)
    asked = moved(begun, 1, x=offset)
    if lost:
        asked = [
            Held(held.name, held.state, held.recurrent and [1.0 + held.recurrent[0]] * 4)
            for held in asked
        ]

    def ask(replay: Replay) -> Decision:
        if initialize:
            return replay.initialize(2, sent=[Held(-1, [offset, 0.0, 0.0, 0.0], None)])
        return replay.drive(asked)

    decision = ask(Replay(world, match, tolerance))
    if isinstance(decision, Miss):
        assert decision.accepted_by
        given_flags = {"match": match, "tolerance": tolerance, **flags(decision.accepted_by)}
        assert not isinstance(ask(Replay(world, **given_flags)), Miss), decision  # type: ignore[arg-type]


@given(st.floats(1e-9, 1e9) | st.floats(0, 1e-9, exclude_min=True))
def test_a_rounded_tolerance_is_never_below_the_one_needed_and_not_far_above(value: float) -> None:
    text = rounded_up(value)
    assert value <= float(text) <= max(value * 1.11 + 1e-12, math.ceil(value) if value > 1 else 0)
    assert re.fullmatch(r"\d+(\.\d+)?", text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.25, "0.25"),
        (0.2501, "0.26"),
        (0.00401, "0.0041"),
        (2.0, "2.0"),
        (12.3, "13"),
        (979, "979"),
    ],
)
def test_a_tolerance_is_named_with_two_digits(value: float, text: str) -> None:
    assert rounded_up(value) == text


@pytest.mark.parametrize("word", ["x", "y", "orientation", "speed"])
def test_a_state_that_is_exactly_as_far_as_the_tolerance_is_accepted_and_the_next_number_is_not(
    word: str,
) -> None:
    world = World()
    begun = moved(world.initialize(2), 1, x=0.0, y=0.0, orientation=0.0, speed=0.0)
    after = world.drive(begun)
    at, above = moved(begun, 1, **{word: 0.5}), moved(begun, 1, **{word: math.nextafter(0.5, 1)})
    for match in ("step", "nearest"):
        assert Replay(world, match, 0.5).got(Replay(world, match, 0.5).drive(at)) == truth(after)
        miss = missed(Replay(world, match, 0.5).drive(above))
        assert (miss.kind, miss.where, miss.nearest) == (MissKind.STATE, (1, 1), 2)
    assert missed(Replay(world).drive(at)).kind == MissKind.STATE


def test_a_metre_is_how_far_a_lost_step_may_be_without_a_tolerance() -> None:
    world = World()
    begun = moved(world.initialize(1), 0, x=0.0)
    world.drive(begun)
    for x, found in ((1.0, True), (math.nextafter(1.0, 2), False)):
        (held,) = moved(begun, 0, x=x)
        decision = Replay(world, "nearest").drive([Held(0, held.state, [7.0] * 4)])
        assert isinstance(decision, Assemble) is found
