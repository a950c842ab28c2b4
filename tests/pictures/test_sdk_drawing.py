"""The SDK's own plotter, asked to draw the same step: the same agents and lights, as far apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import ImageColor
from support.drawn import drawn, moment

from iai_proxy.logs.scenario import ScenarioActor
from iai_proxy.pictures import Style, View
from iai_proxy.scene import Scene
from iai_proxy.scene.palette import CAR, LIGHTS

pytest.importorskip("invertedai")
import matplotlib

matplotlib.use("agg")

import numpy as np
from invertedai.common import AgentProperties, AgentState, Point, StaticMapActor
from invertedai.utils import ScenePlotter
from matplotlib import pyplot

PIXELS = 800
CENTER = (30.0, -12.0)
#: Agents in all directions, none on another or on a light; some reach out of a narrow picture.
STATES = [
    (30.0 + 9 * column, -12.0 + 8 * row, 0.7 * (column + 4 * row) - 3, 2.0 * column)
    for row in range(-3, 4)
    for column in range(-4, 5)
    if (row, column) not in [(0, 0), (1, 1), (-1, 2)]
]
ACTORS = [
    ScenarioActor(1, "traffic_light", 30.0, -12.0, 0.3, 0.4, 6.0),
    ScenarioActor(2, "traffic_light", 39.0, -4.0, -1.2, 2.0, 5.0),
    ScenarioActor(3, "traffic_light", 48.0, -20.0, 2.5, 1.5, 4.0),
]
SHOWN = {1: "green", 2: "red", 3: "yellow"}
SCENE = moment(*STATES, size=(4.8, 2.1), actors=ACTORS, lights=SHOWN)
SDK_COLOURS = {"car": (0.125, 0.29, 0.529), "green": (0, 1, 0), "red": (1, 0, 0)}
SDK_COLOURS["yellow"] = (1, 0.8, 0)


@pytest.fixture(scope="module", params=[60, 110])
def fov(request: pytest.FixtureRequest) -> float:
    return float(request.param)


@pytest.fixture(scope="module", params=[False, True], ids=["right", "left"])
def left_handed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def theirs(fov: float, left_handed: bool) -> Iterator[Any]:
    """What the SDK draws, as an array of pixels."""
    plotter = ScenePlotter(
        map_image=np.zeros((10, 10, 3), dtype=np.uint8),
        fov=fov,
        xy_offset=CENTER,
        static_actors=[_static(actor) for actor in ACTORS],
        left_hand_coordinates=left_handed,
    )
    figure = pyplot.figure(figsize=(8, 8), dpi=PIXELS / 8)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    plotter.plot_scene(
        agent_states=[
            AgentState(center=Point(x=x, y=y), orientation=heading, speed=speed)
            for x, y, heading, speed in STATES
        ],
        agent_properties=[AgentProperties(length=4.8, width=2.1, agent_type="car")] * len(STATES),
        traffic_light_states=SHOWN,
        ax=axes,
        direction_vec=False,
    )
    figure.canvas.draw()
    yield np.asarray(figure.canvas.buffer_rgba())[:, :, :3].astype(int)
    pyplot.close(figure)


def _static(actor: ScenarioActor) -> StaticMapActor:
    return StaticMapActor(
        actor_id=actor.actor_id,
        agent_type=actor.agent_type,
        center=Point(x=actor.x, y=actor.y),
        orientation=actor.orientation,
        length=actor.length,
        width=actor.width,
        dependant=None,
    )


def ours(fov: float, left_handed: bool, scene: Scene = SCENE) -> Any:
    view = View(CENTER, fov, (PIXELS, PIXELS), mirrored=left_handed)
    return np.asarray(drawn(scene, view, Style(directions=False))).astype(int)


def mask(pixels: Any, colour: Any) -> Any:
    """Return which pixels are nearly of a colour."""
    return np.abs(pixels - np.array(colour)).max(axis=2) < 40


def of_theirs(pixels: Any, name: str) -> Any:
    return mask(pixels, [255 * band for band in SDK_COLOURS[name]])


def overlap(one: Any, other: Any) -> float:
    """Return how much two masks have in common, of all that is in either."""
    return float((one & other).sum() / (one | other).sum())


def test_the_same_agents_are_in_the_same_places(theirs: Any, fov: float, left_handed: bool) -> None:
    found = mask(ours(fov, left_handed), ImageColor.getrgb(CAR))
    expected = of_theirs(theirs, "car")
    assert expected.sum() > 20_000
    _leave_out_texts(found, expected)
    assert overlap(found, expected) > 0.9


def test_each_agent_alone_is_where_the_sdk_draws_it(
    theirs: Any, fov: float, left_handed: bool
) -> None:
    """In any other place, or turned otherwise, it would be on pixels that the SDK left."""
    expected = of_theirs(theirs, "car")
    for state in STATES[::4]:
        alone = moment(state, size=(4.8, 2.1))
        found = mask(ours(fov, left_handed, alone), ImageColor.getrgb(CAR))
        _leave_out_texts(found, found)
        if found.sum():
            assert (found & expected).sum() / found.sum() > 0.93, state


@pytest.mark.parametrize("light", SHOWN.values())
def test_lights_are_in_the_same_places(
    theirs: Any, fov: float, left_handed: bool, light: str
) -> None:
    expected = of_theirs(theirs, light)
    found = mask(ours(fov, left_handed), ImageColor.getrgb(LIGHTS[light]))
    assert math.dist(_middle(found), _middle(expected)) < 2.0
    assert (found & expected).sum() > 0.6 * expected.sum()


def _leave_out_texts(*masks: Any) -> None:
    """Clear the corner of our scale bar."""
    for found in masks:
        found[740:, :400] = False


def _middle(found: Any) -> tuple[float, float]:
    down, across = np.nonzero(found)
    return float(across.mean()), float(down.mean())
