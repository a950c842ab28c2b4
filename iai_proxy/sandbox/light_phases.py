"""Traffic lights: each approach of a junction in turn has green, then yellow, then all have red.

A group (a junction) is in one phase: phase ``3 * approach`` is that approach's green, ``+ 1`` its
yellow, ``+ 2`` the time in which all are red. On the wire a group is ``(phase, seconds
remaining)``.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Final

from iai_proxy.api.limits import TIME_STEP_S
from iai_proxy.sandbox.requests.agent_fields import LightState

#: Seconds of green, yellow, all red. Yellow and red together let the last car clear the junction.
DURATIONS_S: Final = (7.0, 3.0, 2.0)
_EPSILON_S: Final = 1e-6
_COLOURS: Final[tuple[LightState, LightState, LightState]] = ("green", "yellow", "red")

#: Ids of the lights of one junction, by approach.
Group = tuple[int, ...]
#: ``(phase, seconds remaining)``.
GroupState = tuple[float, float]


def draw(groups: Sequence[Group], source: random.Random) -> list[GroupState]:
    """Draw a state for each group."""
    return [
        (
            float(phase := source.randrange(3 * len(group))),
            round(source.uniform(0.5, DURATIONS_S[phase % 3]), 1),
        )
        for group in groups
    ]


def advance(groups: Sequence[Group], states: Sequence[GroupState]) -> list[GroupState]:
    """Return states one time step later. Values out of range are brought into it.

    There may be another number of states than of groups; they then count as those of the groups
    again and again.
    """
    return [
        _advance_group(len(group), phase, rest)
        for group, (phase, rest) in zip(cycle(groups), states, strict=False)
    ]


def colours(groups: Sequence[Group], states: Sequence[GroupState]) -> dict[int, LightState]:
    """Return the colour of every light."""
    shown: dict[int, LightState] = {}
    for group, (phase, _) in zip(groups, states, strict=True):
        approach, part = divmod(_phase(phase, len(group)), 3)
        for number, light in enumerate(group):
            shown[light] = _COLOURS[part] if number == approach else "red"
    return shown


def settle(
    groups: Sequence[Group], states: Sequence[GroupState], given: Mapping[str, LightState]
) -> list[GroupState]:
    """Return states that show the colours that a client gave, so that the lights go on from there.

    A group whose given colours belong to no phase (two greens, say) keeps its own state. A phase
    starts from its beginning, unless the group is in it already.
    """
    return [_settle_group(group, state, given) for group, state in zip(groups, states, strict=True)]


def to_text(states: Sequence[GroupState]) -> str:
    """Return groups' states as the string that the endpoint ``light`` takes and returns."""
    return ";".join(f"{phase!r}:{rest!r}" for phase, rest in states)


def from_text(text: str, count: int) -> list[GroupState]:
    """Read what :func:`to_text` wrote for ``count`` groups.

    Raises:
        ValueError: it is not that.
    """
    states = [
        (float(phase), float(rest))
        for phase, _, rest in (item.partition(":") for item in text.split(";") if item)
    ]
    if len(states) != count or not all(
        math.isfinite(number) for state in states for number in state
    ):
        raise ValueError(f"these are not the states of {count} groups of lights")
    return states


def _settle_group(group: Group, state: GroupState, given: Mapping[str, LightState]) -> GroupState:
    wanted = {light: given[str(light)] for light in group if str(light) in given}
    own = _phase(state[0], len(group))
    for phase in [own, *range(3 * len(group))]:
        shown = colours([group], [(float(phase), 0.0)])
        if all(shown[light] == colour for light, colour in wanted.items()):
            return state if phase == own else (float(phase), DURATIONS_S[phase % 3])
    return state


def _advance_group(approaches: int, phase: float, rest: float) -> GroupState:
    number = _phase(phase, approaches)
    remaining = min(max(rest, 0.0), DURATIONS_S[number % 3]) - TIME_STEP_S
    if remaining > _EPSILON_S:
        return float(number), remaining
    number = (number + 1) % (3 * approaches)
    return float(number), DURATIONS_S[number % 3]


def _phase(phase: float, approaches: int) -> int:
    return int(phase) % (3 * approaches)
