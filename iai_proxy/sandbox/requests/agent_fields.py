"""Fields that several requests share: agents, their states and sizes, traffic lights.

Metres, radians (0 along x, pi/2 along y), seconds. Numbers are finite: JSON has no NaN, and the API
accepts none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from iai_proxy.api.limits import RECURRENT_SIZE

Finite = Annotated[float, Field(allow_inf_nan=False)]
Size = Annotated[float, Field(gt=0, allow_inf_nan=False)]

#: ``(x m, y m)`` in the location's own frame.
Point = tuple[Finite, Finite]
#: ``(x m, y m, orientation rad, speed m/s)`` of the centre of the agent's box; speed is negative in
#: reverse.
AgentState = tuple[Finite, Finite, Finite, Finite]
#: Opaque doubles of one agent, to be sent back exactly as they came.
RecurrentState = Annotated[
    list[Finite], Field(min_length=RECURRENT_SIZE, max_length=RECURRENT_SIZE)
]
LightState = Literal["none", "green", "yellow", "red"]
#: State by id of the light, which is a string since it is a JSON key.
LightStates = dict[str, LightState]
#: ``[state, seconds remaining]`` of one group of lights, an intersection; ``state`` is opaque.
LightRecurrentState = tuple[Finite, Finite]
#: Deprecated flat form of an agent's sizes; :func:`attributes_to_properties` says how it is read.
AgentAttributes = list[Finite | str | Point | None]


class RequestModel(BaseModel):
    """Base of all requests: unknown fields are kept."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())


class AgentProperties(RequestModel):
    """What stays the same about an agent. For ``initialize`` all but the type may be null."""

    length: Size | None = None  # m, along the orientation
    width: Size | None = None  # m
    rear_axis_offset: Finite | None = None  # m from the box's centre back to the rear axle
    agent_type: str | None = "car"  # "car" or "pedestrian"; a plain string, so that new types pass
    waypoint: Point | None = None  # deprecated in favour of ``waypoints``
    waypoints: list[Point] | None = None
    max_speed: Finite | None = None  # m/s

    @property
    def is_sized(self) -> bool:
        """Whether its sizes are known, as they must be for every agent with a state.

        Of a car, where the rear axle is belongs to them.
        """
        has_axle = self.rear_axis_offset is not None or self.agent_type not in {None, "car"}
        return self.length is not None and self.width is not None and has_axle

    @property
    def is_unsized(self) -> bool:
        """Whether none of its sizes is given, so that an agent to be sampled gets them all."""
        return self.length is self.width is self.rear_axis_offset is None


def attributes_to_properties(attributes: Sequence[Any]) -> AgentProperties:
    """Read the deprecated flat form ``[length, width, rear_axis_offset, agent_type, waypoint]``.

    The SDK drops nulls and sends the rest in that order (``common.py``,
    ``AgentAttributes.tolist``). So a value is known by its type: numbers are the sizes, a string is
    the type, a pair is the waypoint.
    """
    sizes = [value for value in attributes if isinstance(value, int | float)]
    names = [value for value in attributes if isinstance(value, str)]
    points = [value for value in attributes if isinstance(value, list | tuple)]
    length, width, rear_axis_offset = (*sizes, None, None, None)[:3]
    return AgentProperties(
        length=length,
        width=width,
        rear_axis_offset=rear_axis_offset,
        agent_type=names[0] if names else "car",
        waypoint=(points[0][0], points[0][1]) if points else None,
    )


def require_equal_lengths(**lists: Sequence[Any] | None) -> None:
    """Raise ValueError unless all lists that are given (not None) are as long as the first one.

    The message names both lists and both lengths.
    """
    given = {name: len(items) for name, items in lists.items() if items is not None}
    first, expected = next(iter(given.items()))
    for name, count in given.items():
        if count != expected:
            raise ValueError(
                f"{name} has {count} items, but {first} has {expected}: "
                "one is needed for each agent"
            )
