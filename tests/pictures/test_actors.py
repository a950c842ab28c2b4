"""Lights stand at their stop lines in the colour of their state; signs where they are."""

from __future__ import annotations

import math

from support.drawn import colour, counted, drawn, moment

from iai_proxy.logs.scenario import ScenarioActor
from iai_proxy.pictures import View
from iai_proxy.scene.palette import LIGHT, LIGHTS

VIEW = View((0.0, 0.0), 40.0, (400, 400))  # 10 pixels a metre
LARGE = View((0.0, 0.0), 40.0, (800, 800))
LIGHTS_THERE = [
    ScenarioActor(1, "traffic_light", -10.0, 0.0, 0.0, 1.0, 8.0),
    ScenarioActor(2, "traffic_light", 0.0, 0.0, math.pi / 2, 1.0, 8.0),
    ScenarioActor(3, "traffic_light", 10.0, 0.0, 0.0, 1.0, 8.0),
]


def test_a_light_is_a_bar_across_its_lane_in_the_colour_of_its_state() -> None:
    states = {1: "green", 2: "red", 3: "yellow"}
    image = drawn(moment(actors=LIGHTS_THERE, lights=states), VIEW)
    assert image.getpixel((100, 170)) == image.getpixel((103, 230)) == colour(LIGHTS["green"])
    assert image.getpixel((170, 200)) == image.getpixel((230, 203)) == colour(LIGHTS["red"])
    assert image.getpixel((300, 170)) == colour(LIGHTS["yellow"])
    assert image.getpixel((120, 170)) != colour(LIGHTS["green"])


def test_marks_of_different_shape_tell_states_apart() -> None:
    lights = [ScenarioActor(1, "traffic_light", 0.0, 0.0, 0.0, 1.0, 8.0)]
    inked = {}
    for state in LIGHTS:
        image = drawn(moment(actors=lights, lights={1: state}), LARGE).crop((370, 370, 430, 430))
        ink = colour(LIGHT.ink)
        inked[state] = [image.getpixel((x, y)) == ink for x in range(60) for y in range(60)]
    assert all(map(any, inked.values()))
    assert inked["green"] != inked["red"] != inked["yellow"] != inked["green"]


def test_a_light_without_a_state_is_faint() -> None:
    for states in ({1: "none"}, {}, None):
        image = drawn(moment(actors=LIGHTS_THERE, lights=states), VIEW)
        assert image.getpixel((100, 170)) == colour(LIGHT.faint)


def test_signs_are_outlines() -> None:
    signs = [ScenarioActor(1, "stop_sign", 0.0, 0.0, 0.0), ScenarioActor(2, "other", 5.0, 0.0, 0.0)]
    image = drawn(moment(actors=signs), VIEW)
    assert counted(image.crop((190, 190, 210, 210)), LIGHT.halo) > 10
    assert counted(image.crop((240, 190, 260, 210)), LIGHT.halo) > 5


def test_an_actor_that_is_nowhere_is_left_out() -> None:
    actors = [ScenarioActor(1, "traffic_light", math.nan, 0.0, 0.0)]
    drawn(moment(actors=actors, lights={1: "red"}), VIEW)
