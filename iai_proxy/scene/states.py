"""The states that a step's request and its answer have for its agents, in the client's order."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from iai_proxy.api.fingerprint import state_fingerprint
from iai_proxy.lineage import Agents, Step
from iai_proxy.scene.model import State

#: Zeros stand for what is no state, and are the state of an agent that stands at the origin.
_ZEROS: Final = bytes(4 * 8)
_AT_ORIGIN: Final = state_fingerprint([0.0, 0.0, 0.0, 0.0])


def states_of(step: Step, *, sent: bool) -> array[float]:
    """Return each agent's state, in the client's order; NaN where it was none.

    Of an ``initialize`` not all agents are sent: those without a state are left out.
    """
    sides = [part.observation.sent if sent else part.observation.received for part in step.parts]
    if step.is_large:
        states = array("d", chain.from_iterable(_picked(sides, step.sources)))
    else:
        states = sides[0].coordinates
    if _ZEROS not in states.tobytes():
        return states
    sources = step.sources if step.is_large else [(0, place) for place in range(len(sides[0]))]
    known = [(part, place) for part, place in sources if place < len(sides[part])]
    return _without_stand_ins(states, [sides[part].states[place] for part, place in known])


def sent_or_missing(step: Step) -> array[float]:
    """Return the state that was sent for each agent, in the client's order; NaN without one."""
    sides = [part.observation.sent for part in step.parts]
    if all(len(side) >= len(part.agents) for side, part in zip(sides, step.parts, strict=True)):
        return states_of(step, sent=True)[: 4 * len(step.sources)]
    given = iter_states(states_of(step, sent=True))
    found = array("d")
    for part, place in step.sources:
        found.extend(next(given) if place < len(sides[part]) else (math.nan,) * 4)
    return found


def iter_states(states: Sequence[float]) -> Iterator[State]:
    """Yield the state of each agent."""
    return zip(*(iter(states),) * 4, strict=True)


def _picked(sides: Sequence[Agents], sources: Sequence[tuple[int, int]]) -> Iterator[array[float]]:
    """Each agent's state, from the part that it is taken from."""
    numbers = [side.coordinates for side in sides]
    return (numbers[part][4 * position : 4 * position + 4] for part, position in sources)


def _without_stand_ins(states: array[float], fingerprints: Sequence[int]) -> array[float]:
    """Put NaN where zeros stand for what is no state: its fingerprint is not that of zeros."""
    found = states[:]
    for place, fingerprint in enumerate(fingerprints):
        if not any(states[4 * place : 4 * place + 4]) and fingerprint != _AT_ORIGIN:
            found[4 * place : 4 * place + 4] = array("d", [math.nan] * 4)
    return found
