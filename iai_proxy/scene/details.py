"""What of a step only its answers' bodies tell: lights, infractions, agents off the map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Final

from iai_proxy.diagnosis.values import members, rows
from iai_proxy.lineage import Step
from iai_proxy.logs.scenario import actor_id_of
from iai_proxy.scene.model import NO_FLAGS, Flags

_KINDS_OF_INFRACTIONS: Final = 3

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Details:
    """Details of a frame, as :class:`~iai_proxy.scene.model.Frame` has them."""

    lights: Mapping[int, str] | None = None
    infractions: Mapping[int, tuple[bool, bool, bool]] = field(default_factory=dict)
    outside: frozenset[int] = frozenset()
    has_infractions: bool = False
    has_outside: bool = False
    partly_told: Mapping[int, Flags] = field(default_factory=dict)
    inside_untold: frozenset[int] = frozenset()


NOTHING_KNOWN: Final = Details()


def details_of(step: Step, agents: Sequence[int], answers: Sequence[Body]) -> Details:
    """Return the details of a step. What is not as the API answers it is left out.

    Args:
        step: the step.
        agents: their numbers, in the client's order.
        answers: of its parts.
    """
    is_drive = step.first.call.endpoint.is_drive
    # As the SDK merges the answers of a large call.
    lights = lights_of(answers[0 if is_drive else -1].get("traffic_lights_states"))
    flags = {
        agent: flags_of(told)
        for agent, told in _each(step, agents, answers, "infraction_indicators")
    }
    inside = dict(_each(step, agents, answers, "is_inside_supported_area"))
    if lights is None and not flags and not inside:
        return NOTHING_KNOWN
    return Details(
        lights,
        {agent: _certain(told) for agent, told in flags.items() if any(told)},
        frozenset(agent for agent, is_inside in inside.items() if is_inside is False),
        bool(flags),
        bool(inside),
        {agent: told for agent in agents if None in (told := flags.get(agent, NO_FLAGS))}
        if flags
        else {},
        frozenset(agent for agent in agents if not isinstance(inside.get(agent), bool))
        if inside
        else frozenset(),
    )


def lights_of(value: Any) -> dict[int, str] | None:
    """Return the state of each light by its id, or None without any."""
    if not isinstance(value, Mapping):
        return None
    known = ((actor_id_of(light), state) for light, state in value.items())
    return {
        light: intern(state)
        for light, state in known
        if light is not None and isinstance(state, str)
    }


def _each(
    step: Step, agents: Sequence[int], answers: Sequence[Body], name: str
) -> Iterator[tuple[int, Any]]:
    """Yield agents with their items of a list of the answer."""
    lists = [rows(answer.get(name)) for answer in answers]
    if not any(lists):
        return
    for agent, (part, position) in zip(agents, step.sources, strict=True):
        if position < len(lists[part]):
            yield agent, lists[part][position]


def flags_of(value: Any) -> Flags:
    """Return an agent's infractions as a body has them; None for each that it does not tell."""
    given = (
        [members(value).get(name) for name in ("collisions", "offroad", "wrong_way")]
        if isinstance(value, Mapping)
        else [*rows(value)[:_KINDS_OF_INFRACTIONS], None, None, None]
    )
    collision, offroad, wrong_way = (_flag(flag) for flag in given[:3])
    return collision, offroad, wrong_way


def _flag(value: Any) -> bool | None:
    if value == 1:
        return True
    return False if value == 0 else None


def _certain(told: Flags) -> tuple[bool, bool, bool]:
    collision, offroad, wrong_way = map(bool, told)
    return collision, offroad, wrong_way
