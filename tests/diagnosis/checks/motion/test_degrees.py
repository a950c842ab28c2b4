"""Orientations in degrees, and radians that look like them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.drivers import along, around, branched, driver, reported_later
from diagnosis.views import reported, views_of

from iai_proxy.diagnosis.checks.motion.degrees import Degrees

Json = dict[str, Any]


@pytest.mark.parametrize(
    "way",
    [
        (8.0, 0.0, 180 / math.pi, 102 - 0.4 * 180 / math.pi, 1.0),  # 102 rad would be 1.47
        (8.0, 0.3, 180 / math.pi, 0.0, 1.0),  # through angles that are small in degrees too
        (8.0, -0.3, -180 / math.pi, 90.0, 1.0),  # a compass course
        (8.0, 0.9, -180 / math.pi, 41.0, 1.0),  # comes below two turns
        (
            8.0,
            -0.3,
            -180 / math.pi,
            71.84,
            1.0,
        ),  # 0.37 + 16 pi at first: fits the way as rad by chance
        (8.0, 0.1, 180 / math.pi, 0.0, 1.0),
    ],
)
def test_degrees_are_reported_at_all_steps(way: tuple[float, float, float, float, float]) -> None:
    ((code, first, last),) = reported(mistakes.run(driver(way), steps=30), [0])
    assert (code, last) == (220, 30)
    assert first <= 2


def test_degrees_stay_degrees_at_an_angle_that_fits_neither_way() -> None:
    """A compass course, 6.8 degrees and then 5.0: as rad 6.8 fits the way by chance."""
    assert reported(mistakes.run(driver((8.0, 0.3, -180 / math.pi, 40.0, 1.0)), steps=8), [0]) == [
        (220, 1, 8)
    ]


def test_small_degrees_are_reported_from_the_step_at_which_they_show() -> None:
    """Up to step 3 an ego goes along x, then at 0.02 rad (1.1 degrees): reported since 4."""
    way = driver((8.0, 0.0, 1.0, 0.0, 1.0), course=0.0)
    veered = driver((8.0, 0.0, 57.29577951308232, 0.0, 1.0), course=0.02)

    def edit(step: int, request: Json) -> None:
        way(step, request)
        if step > 3:
            x, y, *_ = place
            veered(step, request)
            ahead = request["agent_states"][0]
            request["agent_states"][0] = [x + ahead[0], y + ahead[1], *ahead[2:]]
        elif step:
            place[:] = request["agent_states"][0]

    place: list[float] = []
    assert reported(mistakes.run(edit, steps=20), [0]) == [(220, 4, 20)]


def test_a_way_that_crosses_the_x_axis_does_not_make_a_wrong_heading_degrees() -> None:
    """A spin from 2.3 to 2.5 rad, which as degrees are 0.04, on a way from -0.4 to 0.4 rad."""

    def edit(step: int, request: Json) -> None:
        if step:
            x, y, way = (
                request["agent_states"][0][0],
                request["agent_states"][0][1],
                -0.4 + 0.05 * step,
            )
            if step > 1:
                x, y = place[0] + 0.5 * math.cos(way), place[1] + 0.5 * math.sin(way)
            place[:] = x, y
            request["agent_states"][0] = [x, y, 2.3 + 0.01 * step, 5.0]

    place = [0.0, 0.0]
    assert {code for code, _, _ in reported(mistakes.run(edit, steps=16), [0])} == {229}


def test_degrees_that_began_within_one_turn_are_reported_once_they_are_off_the_way() -> None:
    """An ego stands at 5 degrees and goes on at 6.4, which fit as rad too, and then at 8."""
    headings = [5.0] * 5 + [6.4] * 3 + [8.0] * 20
    states, x, y = [], 0.0, 0.0
    for step, heading in enumerate(headings):
        way = 0.8 if step >= 5 else 0.0
        x, y = x + way * math.cos(math.radians(heading)), y + way * math.sin(math.radians(heading))
        states.append([x, y, heading, 10 * way])
    assert reported_later(along(states), [0]) == [(220, 9, 28)]


@pytest.mark.parametrize(
    ("angles", "steps"), [((13.0, 8.0), [(220, 1, 1)]), ((10.0, 8.0), []), ((6.29, 0.5), [])]
)
def test_agents_that_stand_are_in_degrees_beyond_two_turns(
    angles: tuple[float, float], steps: list[tuple[int, int, int]]
) -> None:
    standing = [[[10.0 * agent, 8.0 * agent, angle, 0.0]] * 6 for agent, angle in enumerate(angles)]
    assert reported_later(along(*standing), [0, 1]) == steps


def swerving(step: int, answer: Json) -> None:
    """The service would put agent 0 elsewhere than the client does, wherever that is."""
    answer["agent_states"] = [
        [answer["agent_states"][0][0], 0.5 + answer["agent_states"][0][1], 0.0, 8.0]
    ]


@pytest.mark.parametrize("course", [2.4, 0.3, 0.13, -2.4, -0.3])
def test_degrees_that_are_fixed_on_a_straight_road_end_there(course: float) -> None:
    good = driver((8.0, 0.0, 1.0, 0.0, 1.0), course=course)

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if step and step <= 15:
            request["agent_states"][0][2] = math.degrees(course)

    ((code, _, end),) = reported(mistakes.run(edit, steps=40, agents=1, answered=swerving), [0])
    assert (code, end) == (220, 15)


@pytest.mark.parametrize("course", [2.4, -2.4, 0.3])
def test_degrees_that_are_fixed_at_a_stop_end_there(course: float) -> None:
    good = driver((8.0, 0.0, 1.0, 0.0, 1.0), course=course)

    def edit(step: int, request: Json) -> None:
        if step <= 15:
            good(step, request)
            place[:] = request["agent_states"][0] if step else []
        x, y, heading, _ = place or [0.0] * 4
        shown = math.degrees(heading) if step <= 20 else heading
        if step:
            request["agent_states"][0] = [x, y, shown, 8.0 if step <= 15 else 0.0]

    place: list[float] = []
    ((code, _, end),) = reported(mistakes.run(edit, steps=30, agents=1, answered=swerving), [0])
    assert (code, end) == (220, 20)


def test_degrees_that_are_fixed_in_a_turn_end_there() -> None:
    good = driver((8.0, 1.0, 1.0, 0.0, 1.0), course=0.5)

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if 1 <= step <= 15:
            request["agent_states"][0][2] = math.degrees(request["agent_states"][0][2])

    assert reported(mistakes.run(edit, steps=30), [0]) == [(220, 1, 15)]


def test_turns_that_are_counted_are_radians_at_a_stop_too() -> None:
    laps = around(
        340,
        lambda _: 1 / 14,
        lambda step: 7.0 if step < 280 else max(0.0, 7.0 - 0.4 * (step - 280)),
    )
    assert reported_later(along(laps), [0]) == []
    left = around(
        80, lambda step: 1 / 12 if 10 < step < 30 else 0.0, lambda step: 7.0 if step < 40 else 0.0
    )
    right = [[x + 40.0, y, *rest] for x, y, *rest in left]
    assert reported_later(along(left, right), [0, 1]) == []


LAPS = around(
    188, lambda _: 1 / 14, lambda _: 7.0, heading=0.0
)  # up to 9.4 rad, which is 3.12; 9.4 degrees are 0.16


def backwards(steps: int, speed: float, sent: float) -> list[list[float]]:
    """States that go on from the laps, backwards at a speed, m/s, and are sent with another."""
    x, y, heading, _ = LAPS[-1]
    ways = [0.1 * speed * (step + 1) for step in range(steps)]
    speeds = [
        sent * (1 + 0.05 * (step % 2)) for step in range(steps)
    ]  # or the service would say the same
    return [
        [x - way * math.cos(heading), y - way * math.sin(heading), heading, v]
        for way, v in zip(ways, speeds, strict=True)
    ]


@pytest.mark.parametrize(
    ("then", "codes"),
    [(backwards(4, 4.0, 4.0), set()), (backwards(30, 4.0, -4.0), set())],
    ids=["sign", "reversing"],
)
def test_turns_that_are_counted_are_radians_in_reverse_too(
    then: list[list[float]], codes: set[int]
) -> None:
    """The way is 0.02 rad then: without a negative speed, what a skid can be for four steps."""
    assert {code for code, *_ in reported_later(along([*LAPS, *then]), [0])} == codes


def test_turns_are_counted_in_circles_too_slow_for_a_verdict() -> None:
    slow = around(400, lambda _: 0.25, lambda _: 2.0, heading=0.0)
    assert slow[-1][2] > 6 * math.pi
    assert reported_later(along(slow), [0]) == []


def test_turns_that_were_counted_before_the_run_began_are_radians() -> None:
    before = [[[0.8 * step, 0.0, 8 * math.pi, 8.0]] for step in range(12)]
    good = driver((8.0, 0.1, 1.0, 0.0, 1.0), course=8 * math.pi)
    assert reported(
        mistakes.run(good, steps=20, history=before, properties=[mistakes.SIZED]), [0]
    ) == [(225, 1, 1)]


def test_branches_are_judged_apart() -> None:
    """Two branches in turn: an ego counts its turns in one, and goes straight in another."""
    laps = around(120, lambda _: 1 / 14, lambda _: 7.0, heading=0.3)
    straight = around(
        120, lambda step: (step == 0) / 14, lambda step: 7.0 + 0.1 * (step % 2), heading=0.3
    )
    assert reported_later(branched(along(laps), along(straight), 1), [0]) == []


def test_agents_that_left_are_forgotten() -> None:
    """At each step a newcomer, which leaves at the next step."""

    def edit(step: int, request: Json) -> None:
        if step > 1:
            mistakes.drop(request, 3)
        if step:
            mistakes.add(
                request, [100.0 * step, 50.0, 1.0, 5.0], length=4.0, width=2.0, rear_axis_offset=1.0
            )

    run, views = views_of(mistakes.run(edit, steps=20))
    for view in views:
        run.shared(Degrees).at(view)
    assert len(run.shared(Degrees)._units.at(views[-1])) <= 4
