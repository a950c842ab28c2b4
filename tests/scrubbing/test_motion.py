"""The motion of a scrubbed recording: rigid, and such that the SDK divides calls as before."""

from __future__ import annotations

import math
from random import Random

import pytest

from iai_proxy.large import split
from iai_proxy.scrubbing.motion import STILL, Motion

TURNED = Motion(1002, -44, turns=True)
SHIFTED = Motion(1002, -44, turns=False)


def test_half_a_turn_and_a_shift() -> None:
    assert TURNED.place(12.25, -3.5) == (989.75, -40.5)
    assert TURNED.heading(math.pi / 2) == -math.pi / 2


def test_a_shift_alone() -> None:
    assert SHIFTED.place(12.25, -3.5) == (1014.25, -47.5)
    assert SHIFTED.heading(1.25) == 1.25


def test_no_motion_changes_nothing() -> None:
    assert STILL.place(12.3456789, -7) == (12.3456789, -7)


def test_decimals_stay_decimals() -> None:
    # 1002 - 12.345678 is 989.6543220000001 in doubles, and no longer rounded to six digits.
    assert TURNED.x(12.345678) == 989.654322
    assert TURNED.x(12.35) == 989.65


def test_integers_and_what_is_not_finite() -> None:
    moved = TURNED.x(7)
    assert (moved, type(moved)) == (995, int)
    assert math.isnan(TURNED.y(math.nan))
    assert TURNED.y(-math.inf) == -math.inf


@pytest.mark.parametrize("seed", range(20))
def test_calls_are_divided_as_before(seed: int) -> None:
    draw = Random(seed)
    places = [(draw.gauss(20, 80), draw.gauss(-300, 60)) for _ in range(150)]
    motion = Motion.drawn(draw, turns=True)
    moved = [motion.place(*place) for place in places]
    assert parts(moved) == parts(places)


def parts(places: list[tuple[float, float]]) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Own agents and neighbours of each part, in their order."""
    return {(tuple(share.own), tuple(share.buffer)) for share in split(places, 40)}


@pytest.mark.parametrize("seed", range(50))
def test_shifts_keep_rounding_and_hide_the_digits_before_the_point(seed: int) -> None:
    motion = Motion.drawn(Random(seed), turns=True)
    for shift in (motion.east, motion.north):
        assert shift % 2 == 0
        assert shift % 10 != 0
        assert abs(shift) >= 1000


def test_a_seed_draws_the_same_motion_again() -> None:
    assert Motion.drawn(Random(7), turns=True) == Motion.drawn(Random(7), turns=True)
    assert Motion.drawn(Random(7), turns=True) != Motion.drawn(Random(8), turns=True)
