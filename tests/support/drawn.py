"""Scenes of one moment, and what stands in pictures of them."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageColor

from iai_proxy.logs.scenario import ScenarioActor
from iai_proxy.pictures import Style, View, draw_steps, still
from iai_proxy.scene import Agent, BranchInfo, Frame, Ground, Problem, Scene, SimulationInfo
from iai_proxy.scene.model import State

Colour = tuple[int, int, int]
NOWHERE = Ground()
PLAIN = Style()


def moment(
    *states: State,
    kinds: Sequence[str] = (),
    size: tuple[float, float] = (5.0, 2.0),
    egos: Sequence[int] = (),
    ground: Ground = NOWHERE,
    actors: Sequence[ScenarioActor] = (),
    problems: Sequence[Problem] = (),
    **frame: Any,
) -> Scene:
    """Return a scene of one step with an agent for each state: cars of 5 by 2 metres."""
    agents = {
        number: Agent(number, dict(enumerate(kinds)).get(number, "car"), *size, 1.4, number in egos)
        for number in range(len(states))
    }
    packed = array("d", [value for state in states for value in state])
    return Scene(
        "run.iairec",
        SimulationInfo(1, "test:place", False, (BranchInfo(1, 0, 0),), 1),
        1,
        agents,
        [Frame(0, tuple(agents), packed, **frame)],
        actors,
        ground,
        problems,
    )


def run_of(ways: Mapping[int, Sequence[State]], **moment_parts: Any) -> Scene:
    """Return a scene of several steps, with the way of each agent."""
    steps = len(next(iter(ways.values())))
    whole = moment(*(way[0] for way in ways.values()), **moment_parts)
    frames = [
        Frame(
            step, tuple(ways), array("d", [value for way in ways.values() for value in way[step]])
        )
        for step in range(steps)
    ]
    info = SimulationInfo(1, "test:place", False, (BranchInfo(1, 0, steps - 1),), 1)
    return Scene("run.iairec", info, 1, whole.agents, frames, whole.actors, whole.ground)


def drawn(scene: Scene, view: View, style: Style = PLAIN, *, captions: bool = False) -> Any:
    """Return the picture of a scene's first step."""
    (step,) = draw_steps(scene, [scene.frames[0].step], still(view), style, captions=captions)
    return step.image


def colour(name: str) -> Colour:
    red, green, blue, *_ = ImageColor.getrgb(name)
    return red, green, blue


def counted(image: Image.Image, name: str) -> int:
    """Return how many pixels have exactly a colour."""
    return sum(
        count
        for count, found in image.getcolors(image.width * image.height) or []
        if found == colour(name)
    )
