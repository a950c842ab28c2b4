"""How replay treats each field of an ``initialize`` and a ``drive``: one table.

A recorded answer without infractions does not answer a request for them. One that was predicted for
other lights, other cars or another model answers a different request. So all fields are compared
with those of the recorded request, also those that the API adds tomorrow, unless the table says
why not. The table in ``docs/replay.md`` is this one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from iai_proxy.api import Endpoint
from iai_proxy.api.fields import RECURRENT
from iai_proxy.replay import field_readers as read


class Manner(StrEnum):
    """How a field is compared with the recorded one, in the words of the docs."""

    STATES = "agent by agent, within `--tolerance`"
    RECURRENT = "agent by agent; null and zeros are alike"
    AGENTS = "agent by agent, by value"
    COUNT = "by the number of agents"
    VALUE = "by value; null, false, empty and absent are alike"
    LIGHTS = "by value; parts of a large call may have another part's"
    WANTED = "must have been recorded if asked for"
    FRAME = "only with `get_birdview`: must show some of what was recorded"
    NOT = "not: any seed will do, and the recorded one is preferred"


#: What counts at level ``nearest`` of a field that is not compared there by its manner.
_PARTLY: Final = {
    Manner.STATES: "within `--tolerance`, if given",
    Manner.AGENTS: "only whether a size is missing",
    Manner.LIGHTS: "only the number of groups",
}

_STATES: Final = "4 finite numbers for each agent"
_DRIVE: Final = (Endpoint.DRIVE,)
_INITIALIZE: Final = (Endpoint.INITIALIZE,)
_BOTH: Final = (Endpoint.INITIALIZE, Endpoint.DRIVE)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What is done with one field.

    Attributes:
        name: of the field.
        of: the calls that have it.
        readable: what the API can read, in words.
        manner: how it is compared at level ``step``.
        at_nearest: whether it is compared at level ``nearest`` too, where no other answer can stand
            in.
        reader: finds what the API could not read; None where
            :mod:`iai_proxy.replay.readable` does, which knows the agents.
        takes_null: whether null is as good as absent.
    """

    name: str
    of: tuple[Endpoint, ...]
    readable: str
    manner: Manner
    at_nearest: bool = False
    reader: read.Reader | None = None
    takes_null: bool = True


_HISTORY: Final = read.listed(read.lights, "step")
_GROUPS: Final = read.listed(read.pair, "group")

RULES: Final = (
    FieldRule("location", _BOTH, "a text, not empty", Manner.VALUE, True, read.name),
    FieldRule("agent_states", _DRIVE, _STATES, Manner.STATES),
    FieldRule("states_history", _INITIALIZE, f"for each step, {_STATES}", Manner.STATES),
    FieldRule("agent_properties", _DRIVE, "a list of objects", Manner.AGENTS, reader=read.agents),
    FieldRule(
        "agent_properties",
        _INITIALIZE,
        "a list of objects or null, each with all of its sizes or none",
        Manner.AGENTS,
        reader=read.placed_agents,
    ),
    FieldRule("agent_attributes", _BOTH, "a list of lists", Manner.AGENTS),
    FieldRule("num_agents_to_spawn", _INITIALIZE, "a whole number from 0", Manner.COUNT, True),
    FieldRule(
        "location_of_interest", _INITIALIZE, "2 finite numbers", Manner.VALUE, True, read.pair
    ),
    FieldRule(RECURRENT, _DRIVE, "for each agent 152 finite numbers, or null", Manner.RECURRENT),
    FieldRule(
        "traffic_lights_states",
        _DRIVE,
        f"by light, {', '.join(read.LIGHT_STATES)}",
        Manner.VALUE,
        reader=read.lights,
    ),
    FieldRule(
        "traffic_light_state_history",
        _INITIALIZE,
        f"for each step, by light, {', '.join(read.LIGHT_STATES)}",
        Manner.VALUE,
        reader=_HISTORY,
    ),
    FieldRule(
        "light_recurrent_states",
        _DRIVE,
        "2 finite numbers for each group of lights",
        Manner.LIGHTS,
        reader=_GROUPS,
    ),
    FieldRule(
        "get_birdview",
        _BOTH,
        "true or false",
        Manner.WANTED,
        at_nearest=True,
        reader=read.flag,
        takes_null=False,
    ),
    FieldRule(
        "get_infractions",
        _BOTH,
        "true or false",
        Manner.WANTED,
        at_nearest=True,
        reader=read.flag,
        takes_null=False,
    ),
    FieldRule("rendering_center", _DRIVE, "2 finite numbers", Manner.FRAME, True, read.pair),
    FieldRule("rendering_fov", _DRIVE, "a number above 0", Manner.FRAME, True, read.positive),
    FieldRule("model_version", _BOTH, "a text", Manner.VALUE, reader=read.text),
    FieldRule("random_seed", _BOTH, "a whole number", Manner.NOT),
)

#: A field that the API may add tomorrow.
UNKNOWN: Final = FieldRule("any other", _BOTH, "anything", Manner.VALUE)


def rules_of(endpoint: Endpoint) -> dict[str, FieldRule]:
    """Return the rules for the fields of a call, by name."""
    return {rule.name: rule for rule in RULES if endpoint in rule.of}


def value_faults(
    endpoint: Endpoint, value: Mapping[str, Any], ignored: Collection[str]
) -> dict[str, str]:
    """Return what the API could not read in the values of a request, by field.

    It did read them if a recorded request with the very same value was answered.
    """
    found = {}
    for name, rule in rules_of(endpoint).items():
        member = value.get(name)
        is_given = name in value and (member is not None or not rule.takes_null)
        if is_given and rule.reader and name not in ignored:
            fault = next(rule.reader(name, member), None)
            if fault:
                found[name] = fault
    return found


def docs_row(rule: FieldRule) -> str:
    """Return a rule as a row of the table in ``docs/replay.md``."""
    name = rule.name if rule is UNKNOWN else f"`{rule.name}`"
    calls = ", ".join(f"`{endpoint}`" for endpoint in rule.of)
    near = {True: "too", False: "no"}[rule.at_nearest]
    if rule.manner in _PARTLY:
        near = _PARTLY[rule.manner]
    return f"| {name} | {calls} | {rule.readable} | {rule.manner} | {near} |"
