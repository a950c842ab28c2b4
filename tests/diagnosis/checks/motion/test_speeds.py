"""Speeds in another unit, of another time step, and otherwise wrong ones."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.drivers import along, around, driver
from diagnosis.views import folded, reported, views_of

from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runner import run_checks

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("way", "sent", "codes"),
    [
        (0.6, 0.0, {230}),  # never filled in
        (2.5, 0.0, {225, 230}),  # the first way alone is a jump
        (1.0, 5.0, {228}),  # at 5 Hz
        (1.0, 36.0, {221}),
        (1.0, 6.5, {230}),
        (1.0, 8.0, set()),
        (0.05, 1.4, set()),
        (0.2, 6.0, {230}),
        (0.0, 6.0, {230}),  # stands, and says that it drives
    ],
)
def test_a_speed_that_the_way_contradicts_is_one_finding(
    way: float, sent: float, codes: set[int]
) -> None:
    found = reported(mistakes.run(mistakes.ego(lambda angle: angle, sent, way), steps=20), [0])
    assert sorted(found) == [
        (code, 2, 2) if code == 225 else (code, 1, 20) for code in sorted(codes)
    ]


def test_a_speed_that_was_explained_for_a_while_is_checked_again() -> None:
    """Twice the speed until step 6, which may be the time step; 0 from then on."""
    good = driver((8.0, 0.0, 1.0, 0.0, 1.0))

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if step:
            request["agent_states"][0][3] = 16.0 if step <= 6 else 0.0

    assert reported(mistakes.run(edit, steps=30), [0]) == [(230, 7, 30)]


@pytest.mark.parametrize("speed", [1.5, 2.5])
def test_a_short_time_step_is_found_however_little_an_agent_moves(
    speed: float,
) -> None:
    """At 100 Hz an agent of 1.5 m/s goes 1.5 cm in a call."""
    calls = mistakes.run(mistakes.ego(lambda angle: angle, 0.0, 0.01 * speed, sent=speed), steps=30)
    assert reported(calls, [0]) == [(228, 1, 30)]


@pytest.mark.parametrize(
    ("factor", "code"), [(3.6, 221), (2.237, 221), (2.0, 228), (0.5, 228), (10.0, 228)]
)
@pytest.mark.parametrize("speed", [3.0, 6.0])
def test_noise_of_2_cm_neither_hides_a_unit_nor_splits_its_finding(
    factor: float, code: int, speed: float
) -> None:
    draw = random.Random(3)
    way = around(100, lambda _: 0.01, lambda _: speed)
    noisy = [
        [x + draw.gauss(0, 0.02), y + draw.gauss(0, 0.02), angle, factor * v]
        for x, y, angle, v in way
    ]
    ((found, first, last),) = reported(along(noisy), [0])
    assert (found, last) == (code, 100)
    assert first <= 6


@pytest.mark.parametrize("factor", [3.6, 2.237])
@pytest.mark.parametrize("first", range(20, 26))
def test_a_unit_that_is_wrong_from_some_step_on_is_no_time_step_there(
    factor: float, first: int
) -> None:
    way = around(50, lambda _: 0.01, lambda step: 6.0 + 0.05 * step)
    later = [
        [x, y, heading, v * (factor if step >= first else 1.0)]
        for step, (x, y, heading, v) in enumerate(way)
    ]
    assert reported(along(later), [0]) == [(221, first + 1, 50)]


def test_a_speed_that_passes_by_a_ratio_is_of_no_unit() -> None:
    """The component along x of a velocity that turns away from it: 1/10 of the way for a while."""
    way = around(60, lambda _: 0.05, lambda _: 8.0)
    shown = [[x, y, heading, v * abs(math.cos(heading - 5.6 + 0.9))] for x, y, heading, v in way]
    found = run_checks(*views_of(along(shown), [0]), ALL).located
    speeds = {
        (located.check.code, located.finding.guess)
        for located in found
        if located.check.code in {221, 228, 230}
    }
    assert speeds == {(230, "")}


@pytest.mark.parametrize(("factor", "unit"), [(3.6, "km/h"), (2.237, "mph")])
def test_a_speed_that_is_converted_again_at_each_step_is_found_by_its_growth(
    factor: float, unit: str
) -> None:
    """The answered speed is multiplied, sent, answered and multiplied again."""
    (finding,) = folded(converted_again(factor, steps=8), (), 221)
    assert (finding.step, finding.last_step) == (1, 8)
    assert finding.value == pytest.approx(factor)
    assert finding.message == (
        f"agent 0's speed becomes {factor:.2g} times as large at each step: "
        f"this looks like {unit}, m/s are expected"
    )


@pytest.mark.parametrize(("speed", "first"), [(0.1, 2), (0.03, 3)])
def test_growth_counts_from_the_first_way_with_a_mean_speed_of_1_m_per_s(
    speed: float, first: int
) -> None:
    """From 0.1 m/s: 0.36, 1.3 and 4.7 m/s are sent. From 0.03 m/s: 0.11, 0.39, 1.4 and 5.0."""
    (finding,) = folded(converted_again(3.6, steps=10, speed=speed), (), 221)
    assert (finding.step, finding.last_step, finding.value) == (first, 10, pytest.approx(3.6))


def test_a_speed_that_is_converted_four_times_only_is_found_beyond_70_m_per_s() -> None:
    (finding,) = folded(converted_again(3.6, steps=4), (), 221)
    assert (finding.step, finding.last_step, finding.value) == (3, 4, None)
    assert finding.message.endswith("m/s are expected, and no road traffic is that fast")


def converted_again(factor: float, *, steps: int, speed: float = 2.0) -> list[Json]:
    """A run whose agent begins at a speed in m/s; each answered speed is multiplied and sent."""

    def edit(step: int, request: Json) -> None:
        if step:
            request["agent_states"] = [
                [x, y, heading, factor * v] for x, y, heading, v in request["agent_states"]
            ]

    history = mistakes.placed([0.0, 0.0, 0.0, speed])
    return mistakes.run(edit, steps=steps, history=history, properties=[mistakes.SIZED])


@pytest.mark.parametrize(("slow", "fast"), [(0.15, 2.0), (0.28, 2.0), (1.0, 13.3)])
def test_one_step_that_is_much_faster_is_no_unit(slow: float, fast: float) -> None:
    """Each way is the mean of its two speeds times 0.1 s, so nothing is wrong."""
    states, x = [], 0.0
    for step in range(20):
        speed, before = (slow, slow) if step < 3 else (fast, slow if step == 3 else fast)
        x += 0.05 * (speed + before)
        states.append([x, 0.1 * (step % 2), 0.0, speed])
    assert 221 not in {code for code, _, _ in reported(along(states), [0])}
