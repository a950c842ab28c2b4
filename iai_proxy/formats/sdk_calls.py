"""The calls of a branch as a program on the SDK would make them, if it is an ordinary program.

That begins with ``initialize`` and drives the same agents on, step by step, each as it was
answered or where the program puts it itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

from iai_proxy.api import Endpoint
from iai_proxy.api.lenient_json import object_or_empty
from iai_proxy.recordings import Recording
from iai_proxy.scene import Frame
from iai_proxy.text import printable

Body = Mapping[str, Any]
#: By the name on the wire, the argument of the SDK.
_INITIALIZE: Final = {
    "get_birdview": "get_birdview",
    "get_infractions": "get_infractions",
    "location_of_interest": "location_of_interest",
    "random_seed": "random_seed",
    "model_version": "api_model_version",
}
_DRIVE: Final = {
    "get_birdview": "get_birdview",
    "get_infractions": "get_infractions",
    "rendering_center": "rendering_center",
    "rendering_fov": "rendering_fov",
    "random_seed": "random_seed",
    "model_version": "api_model_version",
}
#: What is written out by itself.
_OWN_INITIALIZE: Final = frozenset({"location", "agent_properties", "states_history"})
_OWN_DRIVE: Final = frozenset(
    {"location", "agent_properties", "agent_states", "recurrent_states", "light_recurrent_states"}
)
_SEED: Final = "random_seed"
#: Of an agent; those that are points, or lists of them.
_PROPERTIES: Final = frozenset({"length", "width", "rear_axis_offset", "agent_type", "max_speed"})
_POINTS: Final = frozenset({"waypoint", "waypoints"})
_LONGEST_NAME: Final = 40


class NotOrdinaryError(Exception):
    """What the program did that is not written out, as a sentence goes on after "since"."""


@dataclass(slots=True)
class SdkCalls:
    """The arguments of an ordinary program's calls.

    Attributes:
        location: of all of them.
        properties: of the agents that ``initialize`` is asked for.
        history: the states that it is given, by moment and agent; None if it is given none.
        initialize: its other arguments, by name; ``drive`` those of each drive but the seed.
        seeds: of each drive.
        sends_lights: whether drives send the recurrent states of the lights.
        moved: the states that the program gave to agents itself, by the step that it moved them
            after and their place.
    """

    location: str
    properties: list[dict[str, Any]]
    history: list[list[list[float]]] | None
    initialize: dict[str, Any]
    drive: dict[str, Any] = field(default_factory=dict)
    seeds: list[int | None] = field(default_factory=list)
    sends_lights: bool = False
    moved: dict[int, dict[int, list[float]]] = field(default_factory=dict)


def sdk_calls(recording: Recording, frames: Sequence[Frame]) -> SdkCalls:
    """Return the calls of a branch, all of whose steps are given.

    Raises:
        NotOrdinaryError: it is not that of an ordinary program.
        InputError: a body is damaged.
    """
    numbers = [_call_of(frame) for frame in frames]
    asked, answered = _bodies(recording, numbers[0], Endpoint.INITIALIZE)
    found = _begun(asked)
    properties = answered.get("agent_properties")
    for step, number in enumerate(numbers[1:], start=1):
        before = answered
        asked, answered = _bodies(recording, number, Endpoint.DRIVE)
        _add_drive(found, step, asked, before)
        if asked.get("agent_properties") != properties:
            raise NotOrdinaryError(f"step {step} has other agent properties than were answered")
        if asked.get("location") != found.location:
            raise NotOrdinaryError(f"step {step} is at another location")
    return found


def _call_of(frame: Frame) -> int:
    if frame.calls is None or len(frame.calls.parts) != 1:
        raise NotOrdinaryError(f"step {frame.step} is not a single call")
    return frame.calls.parts[0].call


def _bodies(recording: Recording, number: int, endpoint: Endpoint) -> tuple[Body, Body]:
    exchange = recording.exchange(number)
    if exchange.endpoint is not endpoint:
        raise NotOrdinaryError(f"call {number} is {exchange.endpoint}, and not {endpoint}")
    answer = exchange.response.body if exchange.response else b""
    return object_or_empty(exchange.request.body), object_or_empty(answer)


def _begun(asked: Body) -> SdkCalls:
    properties, history = asked.get("agent_properties"), asked.get("states_history")
    if not isinstance(properties, list) or not all(map(_are_properties, properties)):
        raise NotOrdinaryError("initialize was called with no agent_properties of the SDK")
    location = asked.get("location")
    if not isinstance(location, str):
        raise NotOrdinaryError("initialize was called without a location")
    is_history = isinstance(history, list) and all(map(_are_states, history))
    if history is not None and not is_history:
        raise NotOrdinaryError("initialize was called with a history that is none")
    return SdkCalls(
        location=location,
        properties=properties,
        history=history,
        initialize=_arguments("initialize", asked, _INITIALIZE, _OWN_INITIALIZE),
    )


def _add_drive(found: SdkCalls, step: int, asked: Body, before: Body) -> None:
    """Add a drive.

    Args:
        found: the calls before it.
        step: the step that it leads to.
        asked: its request.
        before: the answer that it goes on from.
    """
    sent, answered = asked.get("agent_states"), before.get("agent_states")
    if not _are_states(sent) or not _are_states(answered) or len(sent) != len(answered):
        raise NotOrdinaryError(f"step {step} has other agents than the one before")
    if asked.get("recurrent_states") != before.get("recurrent_states"):
        raise NotOrdinaryError(f"step {step} sends other recurrent states than were answered")
    moved = {
        place: state
        for place, (state, was) in enumerate(zip(sent, answered, strict=True))
        if state != was
    }
    if moved:
        found.moved[step - 1] = moved
    arguments = _arguments("drive", asked, _DRIVE, _OWN_DRIVE)
    seed = arguments.pop(_SEED, None)
    if not isinstance(seed, int | None):
        raise NotOrdinaryError("drive was called with a seed that is no integer")
    found.seeds.append(seed)
    sends_lights = _sends_lights(step, asked, before)
    if step == 1:
        found.drive, found.sends_lights = arguments, sends_lights
    if (arguments, sends_lights) != (found.drive, found.sends_lights):
        raise NotOrdinaryError(f"step {step} has other arguments than the one before")


def _sends_lights(step: int, asked: Body, before: Body) -> bool:
    lights = asked.get("light_recurrent_states")
    if lights is not None and lights != before.get("light_recurrent_states"):
        raise NotOrdinaryError(f"step {step} sends other states of lights than were answered")
    return lights is not None


def _arguments(
    call: str, asked: Body, known: Mapping[str, str], own: frozenset[str]
) -> dict[str, Any]:
    """Return the arguments that are not the usual ones."""
    given = {name: value for name, value in asked.items() if value is not None and name not in own}
    for name, value in given.items():
        if name not in known or not _is_plain(value):
            raise NotOrdinaryError(f"{call} was called with {printable(name[:_LONGEST_NAME])}")
    return {known[name]: value for name, value in given.items() if value is not False}


def _are_properties(value: Any) -> bool:
    """Whether a value describes an agent in fields of the SDK, with values that can be written."""
    return isinstance(value, dict) and all(
        name in _POINTS and _are_points(field)
        if isinstance(field, list)
        else name in _PROPERTIES and _is_plain(field)
        for name, field in value.items()
        if field is not None
    )


def _are_points(value: list[Any]) -> bool:
    points = value if value and isinstance(value[0], list) else [value]
    return all(
        isinstance(point, list) and len(point) == 2 and all(map(_is_number, point))
        for point in points
    )


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and math.isfinite(value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return type(value) in {bool, int, str}


def _are_states(value: Any) -> TypeGuard[list[list[float]]]:
    """Whether a value is a list of states: four finite numbers each."""
    return isinstance(value, list) and all(
        isinstance(state, list) and len(state) == 4 and all(map(_is_number, state))
        for state in value
    )
