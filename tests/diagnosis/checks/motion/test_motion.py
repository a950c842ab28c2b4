"""What all motion checks have in common: dates, indices, streaks and noise."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.drivers import along, around, driver
from diagnosis.views import folded, reported

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("first", "last"), [(5, 19), (1, 16), (9, 30)], ids=["amid", "at first", "to the end"]
)
@pytest.mark.parametrize(
    ("code", "mistake"),
    [
        (220, lambda heading, speed: (math.degrees(heading), speed)),
        (221, lambda heading, speed: (heading, 3.6 * speed)),
        (228, lambda heading, speed: (heading, 2.0 * speed)),
        (229, lambda heading, speed: (-heading, speed)),
        (230, lambda heading, _: (heading, 0.0)),
    ],
)
def test_a_mistake_is_dated_to_the_steps_that_it_begins_and_ends_at(
    code: int, mistake: Callable[[float, float], tuple[float, float]], first: int, last: int
) -> None:
    good = driver((10.0, 0.1, 1.0, 0.0, 1.0), course=1.0)

    def edit(step: int, request: Json) -> None:
        good(step, request)
        if first <= step <= last:
            x, y, heading, speed = request["agent_states"][0]
            request["agent_states"][0] = [x, y, *mistake(heading, speed)]

    assert reported(mistakes.run(edit, steps=30), [0]) == [(code, first, last)]


def test_what_was_answered_before_a_client_takes_over_is_not_its_mistake() -> None:
    """From step 6 on agent 0 is half a metre ahead, and goes on at 8 m/s with a speed of 0."""

    def edit(step: int, request: Json) -> None:
        if step >= 6:
            _, y, heading, _ = request["agent_states"][0]
            request["agent_states"][0] = [0.8 * step + 0.5, y, heading, 0.0]

    assert reported(mistakes.run(edit, steps=30), [0]) == [(230, 6, 30)]


def test_a_mistake_is_reported_under_the_index_that_its_agent_has() -> None:
    """Agent 2's speed is in km/h from step 5 on; at step 12 agent 0 leaves, and 2 becomes 1."""

    def edit(step: int, request: Json) -> None:
        if step == 12:
            for name in ("agent_states", "recurrent_states", "agent_properties"):
                del request[name][0]
        if step:
            x = 0.7 * step + 0.02 * (step % 2)
            request["agent_states"][1 if step >= 12 else 2] = [
                x,
                16.0,
                0.0,
                7.0 if step < 5 else 25.2,
            ]

    found = folded(mistakes.run(edit, agents=4, steps=25), (), 221)
    spans = [(finding.agents, finding.step, finding.last_step) for finding in found]
    assert spans == [((2,), 5, 11), ((1,), 12, 25)]


@pytest.mark.parametrize("shift", [0.0, math.tau], ids=["0 to 2 pi", "counted"])
def test_a_step_of_a_history_without_a_mistake_breaks_a_streak(shift: float) -> None:
    """40 steps along x at 20 and 10 m/s, with wrong headings and speeds at some, as from noise."""
    history = []
    for step in range(40):
        heading = shift + (1.57 if step in {8, 9, 12, 13, 16, 17, 20, 21, 24, 25} else 0.0)
        speed = (4.1, 4.1, 4.1, 10, 10)[step % 5]
        history.append([[2.0 * step, 0.0, heading, 20.0], [1.0 * step, 9.0, shift, speed]])
    assert {
        code
        for code, _, _ in reported(mistakes.run(history=history, properties=[mistakes.SIZED] * 2))
    } == set()


@pytest.mark.parametrize("heading", [0.0, 0.5, 1.0, 1.5, 3.0, -1.0])
@pytest.mark.parametrize("nudge", [(0.0, 1.5), (0.9, 0.0)])
@pytest.mark.parametrize("every", [10, 20])
def test_steps_apart_are_no_streak(nudge: tuple[float, float], every: int, heading: float) -> None:
    def edit(step: int, request: Json) -> None:
        if step and step % every == 0:
            (x, y, *rest), *others = request["agent_states"]
            request["agent_states"] = [[x + nudge[0], y + nudge[1], *rest], *others]

    calls = mistakes.run(
        edit,
        steps=250,
        properties=[mistakes.SIZED],
        history=mistakes.placed([0.0, 0.0, heading, 2.0]),
    )
    assert {code for code, _, _ in reported(calls, [0])} <= {225}


@pytest.mark.parametrize(
    ("noise", "speed"), [(0.1, 0.0), (0.2, 0.0), (0.2, 1.0), (0.2, 3.0), (0.3, 5.0)]
)
def test_noise_of_the_place_is_neither_speed_nor_heading(noise: float, speed: float) -> None:
    draw = random.Random(2)
    way = around(300, lambda _: 0.0, lambda _: speed)
    noisy = [[x + draw.gauss(0, noise), y + draw.gauss(0, noise), *rest] for x, y, *rest in way]
    assert {code for code, _, _ in reported(along(noisy), [0])} <= {225}
