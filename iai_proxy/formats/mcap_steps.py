"""A step as numbers, for Foxglove's plots: JSON with a schema.

``/steps.agents[:]{agent==3}.speed`` is the path of one agent's speed.
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
                kind=_TEXT,
                ego=_FLAG,
                **_STATE,
                applied={
                    **_record(**_STATE),
                    "description": "the state that the client went on with, if it is another",
                },
                collision=_FLAG,
                off_road=_FLAG,
                wrong_way=_FLAG,
                outside={**_FLAG, "description": "of the area that the API supports"},
            )
        ),
        lights=_many(_record(actor=_WHOLE, state=_TEXT)),
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
        "lights": [
            {"actor": actor, "state": encodable(state)}
            for actor, state in sorted((frame.lights or {}).items())
        ],
    }


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
    number = agent.number
    collision, off_road, wrong_way = frame.infractions.get(number, (False, False, False))
    values = {
        "agent": number,
        "kind": encodable(agent.kind),
        "ego": agent.is_ego,
        **_state(state),
        "collision": collision,
        "off_road": off_road,
        "wrong_way": wrong_way,
        "outside": number in frame.outside,
    }
    if number in frame.applied:
        values["applied"] = _state(frame.applied[number])
    return values


def _state(state: State) -> dict[str, float]:
    return dict(zip(("x", "y", "heading", "speed"), state, strict=True))
