"""A request's agents beside those that a recorded step was asked with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.lineage import Observation, Step
from iai_proxy.matching import Difference

State = tuple[float, float, float, float]

_WORDS: Final = ("x", "y", "orientation", "speed")


@dataclass(frozen=True, slots=True)
class Compared:
    """A request beside a recorded step.

    Attributes:
        step: the recorded one.
        identities: who the request's agents are there; shorter than the request where some are unknown.
        unknown: indices of the request's agents that the step does not have.
        apart: the largest difference of a state (m, rad, m/s) among those that are known.
        differences: every place that differs by more than the tolerance.
    """

    step: Step
    identities: tuple[int, ...]
    unknown: tuple[int, ...]
    apart: float
    differences: tuple[Difference, ...]

    @property
    def fits(self) -> bool:
        """Whether the step answers the request."""
        return not self.unknown and not self.differences


def compared(asked: Observation, agents: Sequence[int | None], step: Step, tolerance: float) -> Compared:
    """Compare a request with the recorded step that it may be.

    Args:
        asked: the request.
        agents: identities of its agents in the step before; None for newcomers, who are known by their state.
        step: the recorded step.
        tolerance: how far a state may be from the recorded one (m, rad, m/s).
    """
    answered = set(step.agents)
    sent = {agent: state for agent, state in _sent(step) if agent in answered}
    continued_here = set(agents)
    newcomers = {agent: state for agent, state in sent.items() if agent not in continued_here}
    identities, unknown, found = [], [], []
    largest = 0.0
    for index, continued in enumerate(agents):
        state = asked.sent.state(index)
        agent = continued if continued is not None else _closest(state, newcomers, tolerance)
        if agent is None or agent not in sent:
            unknown.append(index)
            continue
        newcomers.pop(agent, None)
        identities.append(agent)
        for difference, apart in _apart(index, state, sent[agent]):
            largest = max(largest, apart)
            if apart > tolerance:
                found.append(difference)
    return Compared(step, tuple(identities), tuple(unknown), largest, tuple(found))


def apart(ours: State, theirs: State) -> float:
    """Return the largest difference between two states (m, rad, m/s)."""
    return max((value for _, value in _apart(0, ours, theirs)), default=0.0)


def matched(asked: Observation, step: Step) -> tuple[int, ...] | None:
    """Return who a request's agents most likely are in a recorded step, by where they stand; None if it has fewer.

    Only for requests whose lineage is unknown. In the same order where the numbers are the same; else each, in turn,
    is the closest that is left.
    """
    sent = dict(_sent(step))
    here = [agent for agent in step.agents if agent in sent]
    if len(here) < len(asked.sent):
        return None
    if len(here) == len(asked.sent):
        return tuple(here)
    left = {agent: sent[agent] for agent in here}
    found = []
    for index in range(len(asked.sent)):
        x, y, *_ = asked.sent.state(index)
        agent = min(left, key=lambda one: math.hypot(left[one][0] - x, left[one][1] - y))
        del left[agent]
        found.append(agent)
    return tuple(found)


def _sent(step: Step) -> Iterator[tuple[int, State]]:
    """Yield (identity, state that the request gave) of a step's agents, those of every part."""
    for part in step.parts:
        sent = part.observation.sent
        for position, agent in enumerate(part.agents[: len(sent)]):
            yield agent, sent.state(position)


def _closest(state: State, newcomers: dict[int, State], tolerance: float) -> int | None:
    """The newcomer that stands where this one does, or closest to it within the tolerance."""
    found = [(apart(state, theirs), agent) for agent, theirs in newcomers.items()]
    nearest = min(found, default=None)
    return nearest[1] if nearest and nearest[0] <= tolerance else None


def _apart(index: int, ours: Iterable[float], theirs: Iterable[float]) -> Iterator[tuple[Difference, float]]:
    for word, mine, other in zip(_WORDS, ours, theirs, strict=True):
        if mine == other or (math.isnan(mine) and math.isnan(other)):
            continue  # a client may send what is no number, twice the same
        distance = abs(math.remainder(mine - other, math.tau)) if word == "orientation" else abs(mine - other)
        if math.isnan(distance):
            distance = math.inf
        if distance:
            texts = (f"{mine:.6g}", f"{other:.6g}") if f"{mine:.6g}" != f"{other:.6g}" else (repr(mine), repr(other))
            yield Difference("agent_states", f"agent {index} {word}", *texts), distance
