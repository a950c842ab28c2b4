"""Which columns the tables have. ``docs/tables.md`` is made from this.

The version goes up when a column changes its name, kind, unit or meaning, or goes. A new column
leaves it: those who read by name don't notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Field:
    """A column.

    Attributes:
        name: of the column.
        kind: of its values: ``int32``, ``int64``, ``double``, ``bool``, ``string``, ``category`` (a
            string of which there are few), ``timestamp`` (UTC), a list or a map of such, or
            ``branches``.
        text: what it says, as a sentence without its stop.
        unit: such as ``m/s``; empty for none.
        nullable: whether it may be null.
    """

    name: str
    kind: str
    text: str
    unit: str = ""
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """A table.

    Attributes:
        text: what a row is.
        fields: its columns.
        sorted_by: those that the rows of a recording are sorted by.
    """

    text: str
    fields: tuple[Field, ...]
    sorted_by: tuple[str, ...]


def _required(name: str, kind: str, text: str, unit: str = "") -> Field:
    return Field(name, kind, text, unit, nullable=False)


_RECORDING: Final = _required("recording", "category", "The recording, as it was named")
_PLACE: Final = (
    _RECORDING,
    _required("simulation", "int32", "Number of the simulation, from 1"),
    _required("branch", "int32", "Number of the first branch that has the step, from 1"),
    _required("trunk", "bool", "Whether the simulation's longest branch has the step"),
    _required("step", "int32", "Number of the step; 0 is the answer to `initialize`"),
    _required("time", "double", "Simulated time since step 0: 0.1 s a step", "s"),
)
_LABELS: Final = _required(
    "labels", "map<string, string>", "Labels of the recording, from `iai-proxy label`"
)

_AGENTS: Final = Layout(
    "An agent at a step.",
    (
        *_PLACE,
        _required("call", "int64", "Number of the call whose answer has the agent's state"),
        _required("agent", "int32", "The agent, numbered from 0 as agents come into a simulation"),
        _required("index", "int32", "Where the agent stands in the client's list, from 0"),
        Field("x", "double", "Position east, as answered", "m"),
        Field("y", "double", "Position north, as answered", "m"),
        Field("heading", "double", "Counter-clockwise from east, as answered", "rad"),
        Field("speed", "double", "As answered", "m/s"),
        Field("sent_x", "double", "Position east that the step's request sent", "m"),
        Field("sent_y", "double", "Position north that the step's request sent", "m"),
        Field("sent_heading", "double", "Heading that the step's request sent", "rad"),
        Field("sent_speed", "double", "Speed that the step's request sent", "m/s"),
        Field("length", "double", "Of the agent", "m"),
        Field("width", "double", "Of the agent", "m"),
        Field("rear_axis_offset", "double", "From the middle back to the rear axle", "m"),
        Field("type", "category", "Such as `car` or `pedestrian`"),
        _required("ego", "bool", "Whether the client drives the agent itself"),
        Field("inside", "bool", "Whether the agent is in the area that the API supports"),
        Field("collision", "bool", "Infraction that was answered; null if none were asked for"),
        Field("offroad", "bool", "Likewise"),
        Field("wrong_way", "bool", "Likewise"),
    ),
    ("simulation", "branch", "step", "agent"),
)
_CALLS: Final = Layout(
    "A call, as it went over the wire.",
    (
        _RECORDING,
        _required("call", "int64", "Number of the call"),
        _required("endpoint", "category", "Such as `drive`; `other` for what is not known"),
        _required("method", "category", "Of the request"),
        _required("path", "string", "Path and query of the request"),
        Field("status", "int32", "HTTP status; null where no answer came"),
        Field("failure", "string", "Why there is no complete answer; null if there is one"),
        _required("succeeded", "bool", "Whether a complete answer with a status of 2xx came"),
        _required("started", "timestamp", "When the request began"),
        _required(
            "duration_ms", "double", "From the request's first byte to the answer's last", "ms"
        ),
        Field("waited_ms", "double", "From the request's last byte to the answer's first", "ms"),
        _required("request_bytes", "int64", "Size of the request's body, decoded", "byte"),
        _required("response_bytes", "int64", "Size of the answer's body, decoded", "byte"),
        Field("simulation", "int32", "Number of the simulation; null for calls of none"),
        Field("branch", "int32", "Number of the first branch that has its step"),
        Field("step", "int32", "Number of the step; also for attempts that failed"),
        Field("agents", "int32", "How many agents the call is for"),
        Field("location", "category", "That the request names"),
        Field("model_version", "category", "That the answer names, else the one asked for"),
        Field("seed", "int64", "Of the request"),
        Field("sdk_version", "category", "Of the client's SDK, as it says"),
        Field("connection", "string", "Equal for two calls over one connection"),
        Field("large_call", "int64", "Of a part: number of the large call that it is a part of"),
        _LABELS,
    ),
    ("call",),
)
_LIGHTS: Final = Layout(
    "A traffic light at a step.",
    (
        *_PLACE,
        _required("call", "int64", "Number of the call whose answer has the light"),
        _required("light", "int64", "Id of the light, as `location_info` has it"),
        _required("state", "category", "`green`, `yellow`, `red` or `none`"),
        Field("x", "double", "Middle of its stop line, east, as `location_info` has it", "m"),
        Field("y", "double", "Middle of its stop line, north", "m"),
        Field("heading", "double", "Of the traffic over the stop line", "rad"),
        Field("length", "double", "Of the stop line, along the heading", "m"),
        Field("width", "double", "Of the stop line, across the heading", "m"),
    ),
    ("simulation", "branch", "step", "light"),
)
_FINDINGS: Final = Layout(
    "A finding of `iai-proxy diagnose`, or why a recording could not be read.",
    (
        _RECORDING,
        Field("simulation", "int32", "Number of the simulation; null if it is about none"),
        Field("branch", "int32", "Number of the first branch that has its first step"),
        Field("code", "int32", "As `iai-proxy explain` knows it; null for what can't be read"),
        _required("name", "category", "Of the check; `unreadable` for what can't be read"),
        _required("severity", "category", "`error`, `warning` or `info`"),
        Field("first_step", "int32", "The first step that shows it"),
        Field("last_step", "int32", "The last step that shows it, included"),
        _required(
            "agents",
            "list<int32>",
            "The agents that it is about, as `agents` numbers them; none without a simulation",
        ),
        Field("value", "double", "The worst value, in `unit`"),
        Field("unit", "category", "Of `value`"),
        _required(
            "message",
            "string",
            "What is wrong; agents in it have their places in the client's list, which need not be "
            "the numbers in `agents`",
        ),
        Field("fix", "string", "What to do"),
        Field("call", "int64", "Number of the first call that shows it"),
    ),
    ("simulation", "first_step", "code"),
)
_SIMULATIONS: Final = Layout(
    "A simulation.",
    (
        _RECORDING,
        _required("simulation", "int32", "Number of the simulation, from 1"),
        Field("location", "category", "Of its first request"),
        _required("large", "bool", "Whether any of its steps was divided into several calls"),
        _required("steps", "int32", "How many steps it has, in all branches"),
        _required("trunk", "int32", "Number of its longest branch"),
        _required("trunk_steps", "int32", "How many steps that has"),
        _required("agents", "int32", "How many agents it has, over all its steps"),
        _required("egos", "list<int32>", "Those that the client drives itself"),
        _required("first_call", "int64", "Number of its first call"),
        _required("started", "timestamp", "When its first request began"),
        _required("ended", "timestamp", "When its last answer had come"),
        _required("calls", "int32", "How many calls its steps took; failed attempts are not among"),
        _required("failed_attempts", "int32", "Calls that failed and were made again"),
        _required("model_versions", "list<string>", "That its answers name, in their order"),
        _required(
            "branches",
            "branches",
            "By number: its own first and last step, and the branch and the step that it goes on "
            "from; null for the first",
        ),
        _LABELS,
    ),
    ("simulation",),
)

LAYOUTS: Final[Mapping[str, Layout]] = {
    "agents": _AGENTS,
    "calls": _CALLS,
    "lights": _LIGHTS,
    "findings": _FINDINGS,
    "simulations": _SIMULATIONS,
}
TABLES: Final = ("agents", "calls", "lights", "findings", "simulations")
