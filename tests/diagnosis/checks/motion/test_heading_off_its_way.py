"""Headings that are off the way: found, explained, and distinguished from manoeuvres."""

from __future__ import annotations

import math
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.drivers import along, around, driver
from diagnosis.views import findings_of, folded, reported, views_of

from iai_proxy.diagnosis.registry import by_code

Json = dict[str, Any]


SOUND_DRIVERS: dict[str, tuple[float, float, float, float, float]] = {  # by what: see driver()
    "straight on": (8.0, 0.0, 1.0, 0.0, 1.0),
    "in a tight circle": (8.0, 1.3, 1.0, 0.0, 1.0),
    "in circles, angles counted on": (8.0, 6.0, 1.0, 0.0, 1.0),
    "drifting by 40 degrees": (8.0, 0.5, 1.0, 0.7, 1.0),
    "reversing": (4.0, 0.2, 1.0, math.pi, -1.0),
}


WRONG_HEADINGS: dict[str, tuple[float, float, float, float, float]] = {
    "a y axis that points the other way": (8.0, 0.1, -1.0, 0.0, 1.0),
    "an x axis that points the other way": (8.0, 0.1, -1.0, math.pi, 1.0),
    "a compass course": (8.0, -0.5, -1.0, math.pi / 2, 1.0),
    "its rear taken for its front, or reversing without a negative speed": (
        8.0,
        0.1,
        1.0,
        math.pi,
        1.0,
    ),
    "a quarter turn too much": (8.0, 0.1, 1.0, math.pi / 2, 1.0),
    "a quarter turn too little": (8.0, 0.1, 1.0, -math.pi / 2, 1.0),
}


@pytest.mark.parametrize("way", SOUND_DRIVERS.values(), ids=SOUND_DRIVERS)
def test_sound_drivers_head_where_they_go(
    way: tuple[float, float, float, float, float],
) -> None:
    assert not list(
        findings_of(*views_of(mistakes.run(driver(way), steps=30), [0]), [by_code(229)])
    )


@pytest.mark.parametrize("mistake", WRONG_HEADINGS)
def test_a_wrong_heading_is_explained_and_reported_from_its_first_step_on(mistake: str) -> None:
    calls = mistakes.run(driver(WRONG_HEADINGS[mistake]), steps=20)
    assert reported(calls, [0]) == [(229, 1, 20)]
    (finding,) = folded(calls, [0], 229)
    assert finding.sentence.endswith(f": this looks like {mistake}")


def test_later_steps_decide_between_explanations() -> None:
    """A mirrored heading at 45 degrees off x is a quarter turn off too; 12 degrees on it is not."""
    way = driver((8.0, 0.15, -1.0, 0.0, 1.0), course=math.pi / 4)
    found = list(findings_of(*views_of(mistakes.run(way, steps=20), [0]), [by_code(229)]))
    both = ": this looks like a y axis that points the other way, or a quarter turn too little"
    assert found[0].sentence.endswith(both)
    assert found[-1].sentence.endswith(": this looks like a y axis that points the other way")


def test_a_negative_speed_of_an_agent_that_goes_forwards_is_recognised() -> None:
    calls = mistakes.run(driver((8.0, 0.0, 1.0, 0.0, -1.0)), steps=20)
    (finding,) = folded(calls, [0], 229)
    assert finding.guess == "a negative speed of an agent that goes forwards"


def test_a_heading_that_is_never_filled_in_is_recognised() -> None:
    way = [
        [-y, x, 0.0, speed] for x, y, _, speed in around(20, lambda _: 0.0, lambda _: 8.0)
    ]  # 0.89 rad off x
    (finding,) = folded(along(way), [0], 229)
    assert finding.sentence.endswith(": this looks like a heading that is never filled in")


@pytest.mark.parametrize("noisy", [8, 15, 30])
def test_one_noisy_heading_takes_no_explanation_away(noisy: int) -> None:
    good = driver((8.0, 0.1, 1.0, 0.0, 1.0), course=0.8)

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if step:
            request["agent_states"][0][2] = 0.6 * (step == noisy) - request["agent_states"][0][2]

    (finding,) = folded(mistakes.run(edit, steps=30), [0], 229)
    assert (finding.step, finding.last_step) == (1, 30)
    assert finding.guess == "a y axis that points the other way"


def test_an_earlier_manoeuvre_does_not_count_when_a_later_heading_is_explained() -> None:
    """Reversing without a negative speed until step 9; from step 15 on the heading is mirrored."""
    good = driver((8.0, 0.1, 1.0, 0.0, 1.0))

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if step:
            x, y, heading, speed = request["agent_states"][0]
            shown = heading + math.pi if step <= 9 else -heading if step >= 15 else heading
            request["agent_states"][0] = [x, y, shown, speed]

    found = folded(mistakes.run(edit, steps=30), [0], 229)
    assert [(finding.step, finding.last_step, finding.guess) for finding in found] == [
        (1, 9, "its rear taken for its front, or reversing without a negative speed"),
        (15, 30, "a y axis that points the other way"),
    ]


@pytest.mark.parametrize("slow", [1.5, 2.5])
def test_reversing_with_a_positive_speed_is_reported_and_walking_sideways_is_not(
    slow: float,
) -> None:
    assert reported(mistakes.run(driver((slow, 0.2, 1.0, math.pi, 1.0)), steps=20), [0]) == [
        (229, 1, 20)
    ]
    people = [mistakes.car(agent_type="pedestrian", length=0.6, width=0.6) for _ in range(3)]
    sideways = (slow, 0.2, 1.0, math.pi / 2, 1.0)
    assert reported(mistakes.run(driver(sideways), steps=20, properties=people), [0]) == []
    assert reported(mistakes.run(driver(sideways), steps=20), [0]) == [
        (229, 1, 20)
    ]  # no car goes so


@pytest.mark.parametrize("moves_on", [False, True])
def test_an_agent_that_was_put_elsewhere_has_not_gone_there(moves_on: bool) -> None:
    """An ego is put 20 m aside at step 10, and then stands, or goes on as before."""
    good = driver((4.0, 0.0, 1.0, 0.0, 1.0), course=0.4)

    def edit(step: int, request: Json) -> None:
        if moves_on or step <= 10:
            good(step, request)
            place[:] = request["agent_states"][0] if step else []
        if step >= 10:
            x, y, heading, speed = place
            request["agent_states"][0] = [x, y + 20.0, heading, speed if moves_on else 0.0]

    place: list[float] = []
    assert reported(mistakes.run(edit, steps=40), [0]) == [(225, 10, 10)]


def test_an_ego_that_stands_at_every_second_call_is_followed() -> None:
    way = around(60, lambda _: 0.0, lambda _: 8.0)
    halting = [
        [*way[step - step % 2][:2], -heading, speed]
        for step, (_, _, heading, speed) in enumerate(way)
    ]
    assert reported(along(halting), [0]) == [(229, 2, 60)]
