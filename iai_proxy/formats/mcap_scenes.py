"""Agents and lights of a step as scene updates, as Foxglove's 3D panel draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from foxglove.messages import (
    ArrowPrimitive,
    CubePrimitive,
    FrameTransform,
    FrameTransforms,
    KeyValuePair,
    SceneEntity,
    SceneEntityDeletion,
    SceneEntityDeletionType,
    SceneUpdate,
    TextPrimitive,
    Vector3,
)

from iai_proxy.formats.mcap_steps import agent_facts
from iai_proxy.formats.mcap_values import FRAME, colour, pose, timestamp, turned
from iai_proxy.logs.scenario import ScenarioActor
from iai_proxy.scene import Agent, Frame
from iai_proxy.scene.model import State
from iai_proxy.scene.palette import LIGHT, LIGHTS, agent_colour
from iai_proxy.text import encodable

#: The frame of the place where the agents begin, for cameras.
CENTER: Final = "center"
#: Heights in metres: the API has none.
_HEIGHTS: Final = {"pedestrian": 1.75}
_HEIGHT: Final = 1.5
_FLAT_M: Final = 0.1
#: What a stop line or a sign measures if the location does not say.
_ACTOR_M: Final = 1.0
#: Of an agent's length: its arrow begins in its middle and ends a little before its front.
_SHAFT: Final = 0.35
_HEAD: Final = 0.25


def agents_update(frame: Frame, agents: Mapping[int, Agent], before: Sequence[int]) -> SceneUpdate:
    """Return all agents of a step, where the client put them, else where the API did.

    Args:
        frame: the step.
        agents: by number.
        before: those that the step before it has; who is gone is deleted.
    """
    gone = [number for number in before if number not in frame.agents]
    return SceneUpdate(
        deletions=[_deletion(number, frame.step) for number in gone],
        entities=[
            _agent(agents[number], frame.shown(place), frame)
            for place, number in enumerate(frame.agents)
        ],
    )


def lights_update(
    step: int, lights: Mapping[int, str], actors: Sequence[ScenarioActor]
) -> SceneUpdate:
    """Return the lights of a location at their stop lines; grey is one whose state is not known."""
    return SceneUpdate(
        entities=[
            _entity(
                f"light {actor.actor_id}",
                step,
                cubes=[_flat(actor, LIGHTS.get(lights.get(actor.actor_id, ""), LIGHT.faint))],
                state=lights.get(actor.actor_id, "not known"),
            )
            for actor in actors
        ]
    )


def signs_entity(actors: Sequence[ScenarioActor]) -> SceneEntity:
    """Return what stands at a location besides its lights."""
    return _entity("signs", 0, cubes=[_flat(actor, LIGHT.faint) for actor in actors])


def transforms(
    frame: Frame, agents: Mapping[int, Agent], center: tuple[float, float]
) -> FrameTransforms:
    """Return the frames that a camera can follow: where the agents begin, and each ego."""
    egos = (
        (f"agent {number}", frame.shown(place))
        for place, number in enumerate(frame.agents)
        if agents[number].is_ego
    )
    frames = [(CENTER, (*center, 0.0, 0.0)), *egos]
    return FrameTransforms(transforms=[_transform(frame.step, *named) for named in frames])


def _transform(step: int, name: str, state: State) -> FrameTransform:
    x, y, heading, _ = state
    return FrameTransform(
        timestamp=timestamp(step),
        parent_frame_id=FRAME,
        child_frame_id=name,
        translation=Vector3(x=x, y=y, z=0.0),
        rotation=turned(heading),
    )


def _agent(agent: Agent, state: State, frame: Frame) -> SceneEntity:
    x, y, heading, _ = state
    height = _HEIGHTS.get(agent.kind, _HEIGHT)
    shade = colour(agent_colour(agent.kind, is_ego=agent.is_ego))
    cube = CubePrimitive(
        pose=pose(x, y, height / 2, heading),
        size=Vector3(x=agent.length, y=agent.width, z=height),
        color=shade,
    )
    arrow = ArrowPrimitive(
        pose=pose(x, y, height, heading),
        shaft_length=agent.length * _SHAFT,
        shaft_diameter=agent.width * 0.15,
        head_length=agent.length * _HEAD,
        head_diameter=agent.width * 0.4,
        color=colour(LIGHT.ink),
    )
    name = TextPrimitive(
        pose=pose(x, y, height + 1),
        billboard=True,
        font_size=12.0,
        scale_invariant=True,
        color=colour(LIGHT.ink),
        text=f"ego {agent.number}",
    )
    return _entity(
        f"agent {agent.number}",
        frame.step,
        cubes=[cube],
        arrows=[arrow],
        texts=[name] if agent.is_ego else [],
        **{name: _text(value) for name, value in agent_facts(agent, frame).items()},
    )


def _text(value: str | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()


def _deletion(number: int, step: int) -> SceneEntityDeletion:
    return SceneEntityDeletion(
        timestamp=timestamp(step),
        type=SceneEntityDeletionType.MatchingId,
        id=f"agent {number}",
    )


def _flat(actor: ScenarioActor, name: str) -> CubePrimitive:
    size = Vector3(x=actor.length or _ACTOR_M, y=actor.width or _ACTOR_M, z=_FLAT_M)
    where = pose(actor.x, actor.y, _FLAT_M / 2, actor.orientation)
    return CubePrimitive(pose=where, size=size, color=colour(name))


def _entity(
    name: str,
    step: int,
    *,
    cubes: list[CubePrimitive],
    arrows: Sequence[ArrowPrimitive] = (),
    texts: Sequence[TextPrimitive] = (),
    **metadata: str,
) -> SceneEntity:
    return SceneEntity(
        id=name,
        timestamp=timestamp(step),
        frame_id=FRAME,
        metadata=[KeyValuePair(key=key, value=encodable(text)) for key, text in metadata.items()],
        cubes=cubes,
        arrows=list(arrows),
        texts=list(texts),
    )
