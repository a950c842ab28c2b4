"""Writes a branch of a simulation as an MCAP file, which Foxglove and Lichtblick play.

Topics: ``/agents`` and ``/lights`` are scene updates, ``/map`` has lanes and signs,
``/map_picture`` a recorded picture of the place, ``/steps`` the numbers of each step,
``/findings`` what a diagnosis found, and ``/tf`` the frames that a camera can follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Any, BinaryIO, Final

import foxglove
from foxglove.channels import (
    FrameTransformsChannel,
    GridChannel,
    LogChannel,
    SceneUpdateChannel,
)
from foxglove.messages import Log, LogLevel, SceneUpdate

from iai_proxy import __version__
from iai_proxy.formats.mcap_ground import lanes_entity, picture_grid
from iai_proxy.formats.mcap_scenes import agents_update, lights_update, signs_entity, transforms
from iai_proxy.formats.mcap_steps import SCHEMA, step_values
from iai_proxy.formats.mcap_values import log_time, timestamp
from iai_proxy.scene import Frame, Problem, Scene
from iai_proxy.text import encodable

_LEVELS: Final = {
    "error": LogLevel.Error,
    "warning": LogLevel.Warning,
    "info": LogLevel.Info,
}
_TRAFFIC_LIGHT: Final = "traffic_light"


def export_mcap(scene: Scene, frames: Iterable[Frame], stream: BinaryIO) -> None:
    """Write a run.

    Args:
        scene: all but the details of its steps.
        frames: its steps with their details, in order; read one at a time.
        stream: where to; it must be seekable.

    Raises:
        InputError: the recorded picture of the place is none.
    """
    context = foxglove.Context()
    with foxglove.open_mcap(stream, context=context) as writer:
        writer.write_metadata("iai-proxy", _metadata(scene))
        topics = _Topics(context, scene)
        topics.log_place()
        for frame in frames:
            topics.log_step(frame)


def layout() -> bytes:
    """Return the layout of Foxglove and Lichtblick that fits what is written here: a JSON file."""
    return files("iai_proxy.formats").joinpath("foxglove_layout.json").read_bytes()


class _Topics:
    """The topics of a file, and what was logged last."""

    def __init__(self, context: Any, scene: Scene) -> None:
        self._scene = scene
        self._agents = SceneUpdateChannel("/agents", context=context)
        self._lights = SceneUpdateChannel("/lights", context=context)
        self._map = SceneUpdateChannel("/map", context=context)
        self._picture = GridChannel("/map_picture", context=context)
        self._steps = foxglove.Channel("/steps", schema=SCHEMA, context=context)
        self._findings = LogChannel("/findings", context=context)
        self._transforms = FrameTransformsChannel("/tf", context=context)
        self._lamps = [actor for actor in scene.actors if actor.agent_type == _TRAFFIC_LIGHT]
        self._center = _center(scene.frames[0])
        self._before: tuple[int, ...] = ()

    def log_place(self) -> None:
        """Log what stays as it is."""
        scene, at = self._scene, log_time(self._scene.frames[0].step)
        signs = [actor for actor in scene.actors if actor.agent_type != _TRAFFIC_LIGHT]
        if scene.ground.picture is not None:
            self._picture.log(picture_grid(scene.ground.picture), log_time=at)
        entities = [lanes_entity(scene.ground)] if scene.ground.borders else []
        if signs:
            entities.append(signs_entity(signs))
        if entities:
            self._map.log(SceneUpdate(entities=entities), log_time=at)

    def log_step(self, frame: Frame) -> None:
        """Log a step, and the findings that begin with it."""
        agents, at = self._scene.agents, log_time(frame.step)
        self._transforms.log(transforms(frame, agents, self._center), log_time=at)
        self._agents.log(agents_update(frame, agents, self._before), log_time=at)
        self._before = frame.agents
        if self._lamps:
            lights = lights_update(frame.step, frame.lights or {}, self._lamps)
            self._lights.log(lights, log_time=at)
        self._steps.log(step_values(frame, agents), log_time=at)
        for problem in self._scene.problems:
            if problem.first == frame.step:
                self._findings.log(_message(problem), log_time=at)


def _message(problem: Problem) -> Log:
    steps = f"step {problem.first}"
    if problem.last > problem.first:
        steps = f"steps {problem.first} to {problem.last}"
    return Log(
        timestamp=timestamp(problem.first),
        level=_LEVELS.get(problem.severity, LogLevel.Unknown),
        name=f"{problem.code} {problem.name}",
        message=encodable(f"{problem.sentence} ({steps}). {problem.fix}"),
    )


def _center(frame: Frame) -> tuple[float, float]:
    """Return the middle of the agents of a step; the origin if there are none."""
    count = len(frame.agents)
    if not count:
        return 0.0, 0.0
    return sum(frame.states[0::4]) / count, sum(frame.states[1::4]) / count


def _metadata(scene: Scene) -> dict[str, str]:
    return {
        "written by": f"iai-proxy {__version__}",
        "source": encodable(scene.source),
        "location": encodable(scene.simulation.location),
        "simulation": str(scene.simulation.number),
        "branch": str(scene.branch),
        "time": "simulated: step 0 at 0 s, and 0.1 s a step",
    }
