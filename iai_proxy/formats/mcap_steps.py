"""A step as numbers, for Foxglove's plots: JSON with a schema.

``/steps.agents[:]{agent==3}.speed`` is the path of one agent's speed. Names are those of the
columns of tables. What is not known is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from iai_proxy.scene import Agent, Frame
from iai_proxy.scene.model import State
from iai_proxy.text import encodable

_NUMBER: Final = {"type": "number"}
_WHOLE: Final = {"type": "integer"}
_TEXT: Final = {"type": "string"}
_FLAG: Final = {"type": "boolean"}
_STATE: Final = {
    "x": {**_NUMBER, "description": "m, east"},
    "y": {**_NUMBER, "description": "m, north"},
    "heading": {**_NUMBER, "description": "rad, counter-clockwise from east"},
    "speed": {**_NUMBER, "description": "m/s"},
}


def _record(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


SCHEMA: Final[dict[str, Any]] = {
    "title": "iai_proxy.Step",
    **_record(
        step=_WHOLE,
        started={**_NUMBER, "description": "when its first call began, s since the epoch"},
        latency_ms={**_NUMBER, "description": "from its first request to its last answer, ms"},
        calls={**_many(_WHOLE), "description": "as `iai-proxy calls` numbers them"},
        seed=_WHOLE,
        model_version=_TEXT,
        agents=_many(
            _record(
                agent={**_WHOLE, "description": "its number, by order of appearance"},
                type=_TEXT,
                ego=_FLAG,
                **_STATE,
                applied={
                    **_record(**_STATE),
                    "description": "the state that the client went on with, if it is another",
                },
                collision=_FLAG,
                offroad=_FLAG,
                wrong_way=_FLAG,
                inside={**_FLAG, "description": "in the area that the API supports"},
            )
        ),
        lights=_many(_record(light=_WHOLE, state=_TEXT)),
    ),
}


def step_values(frame: Frame, agents: Mapping[int, Agent]) -> dict[str, Any]:
    """Return what :data:`SCHEMA` describes; states are as answered."""
    return {
        "step": frame.step,
        **dict(_of_calls(frame)),
        "agents": [
            _agent(agents[number], frame.answered(place), frame)
            for place, number in enumerate(frame.agents)
        ],
        **dict(_of_lights(frame)),
    }


def agent_facts(agent: Agent, frame: Frame) -> dict[str, str | bool]:
    """Return what is known of an agent besides its states.

    Who an ego is, and who has infractions, no scenario log tells.
    """
    collision, offroad, wrong_way = frame.infractions_of(agent.number)
    facts = {
        "type": None if agent.told_kind is None else encodable(agent.told_kind),
        "ego": None if frame.calls is None else agent.is_ego,
        "collision": collision,
        "offroad": offroad,
        "wrong_way": wrong_way,
        "inside": frame.is_inside(agent.number),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _of_lights(frame: Frame) -> Iterator[tuple[str, Any]]:
    if frame.lights is not None:
        lights = sorted(frame.lights.items())
        yield "lights", [{"light": light, "state": encodable(state)} for light, state in lights]


def _of_calls(frame: Frame) -> Iterator[tuple[str, Any]]:
    calls = frame.calls
    if calls is None:
        return
    yield "started", calls.started_ns / 1e9
    yield "latency_ms", calls.latency_ms
    yield "calls", [part.call for part in calls.parts]
    if calls.seed is not None:
        yield "seed", calls.seed
    if calls.model_version is not None:
        yield "model_version", encodable(calls.model_version)


def _agent(agent: Agent, state: State, frame: Frame) -> dict[str, Any]:
    values: dict[str, Any] = {"agent": agent.number, **agent_facts(agent, frame), **_state(state)}
    if agent.number in frame.applied:
        values["applied"] = _state(frame.applied[agent.number])
    return values


def _state(state: State) -> dict[str, float]:
    return dict(zip(("x", "y", "heading", "speed"), state, strict=True))
