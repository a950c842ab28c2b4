"""A request's agents beside those in the request of a recorded step."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.api import Difference
from iai_proxy.lineage import Observation, Step

State = tuple[float, float, float, float]

_WORDS: Final = ("x", "y", "orientation", "speed")


@dataclass(frozen=True, slots=True)
class Compared:
    """A request beside a recorded step.

    Attributes:
        step: the recorded one.
        identities: who the request's agents are there; shorter than the request if some are
            unknown.
        unknown: indices of the request's agents that the step does not have.
        apart: the largest difference of a state (m, rad, m/s) among those that are known.
        places: every place that differs by more than the tolerance: (agent's index, word, ours,
            recorded).
        recurrent: agents whose recurrent state is not what was sent when recorded: (agent's index,
            whether ours is given, whether the recorded is).
    """

    step: Step
    identities: tuple[int, ...]
    unknown: tuple[int, ...]
    apart: float
    places: tuple[tuple[int, str, float, float], ...]
    recurrent: tuple[tuple[int, bool, bool], ...] = ()

    @property
    def differences(self) -> list[Difference]:
        """The places in words."""
        return [_difference(*place) for place in self.places]

    @property
    def fits(self) -> bool:
        """Whether the agents are those of the step, if the step has them."""
        return not self.unknown and not self.places


def compare(
    request: Observation, agents: Sequence[int | None], step: Step, tolerance: float
) -> Compared:
    """Compare a request with the recorded step that it may be.

    Args:
        request: what is asked for.
        agents: identities of its agents in the step before; None for newcomers, who are known by
            their state.
        step: the recorded step.
        tolerance: how far a state may be from the recorded one (m, rad, m/s).
    """
    answered = set(step.agents)
    recorded = {agent: state for agent, state in _sent(step) if agent in answered}
    states, given = request.sent.all_states(), request.sent.recurrent
    continuing = set(agents)
    newcomers = {agent: state for agent, state in recorded.items() if agent not in continuing}
    if request.recurrent_given:
        # Known by nothing but its state: it may as well have left, and another come in its place.
        agents = [
            agent if recurrent or agent in recorded else None
            for agent, recurrent in zip(agents, given, strict=True)
        ]
    known = _without_copies(
        states, _without_newcomers(states, agents, recorded, newcomers), recorded
    )
    sent_recurrent = _sent_recurrent(step)
    identities, unknown, differing, recurrent = [], [], [], []
    largest = 0.0
    for index, agent in enumerate(_with_newcomers(states, known, newcomers)):
        if agent is None or agent not in recorded:
            unknown.append(index)
            continue
        identities.append(agent)
        ours, theirs = given[index], sent_recurrent[agent]
        if ours not in theirs:
            recurrent.append((index, bool(ours), any(theirs)))
        if states[index] == recorded[agent]:
            continue
        for word, mine, other, distance in _differences(states[index], recorded[agent]):
            largest = max(largest, distance)
            if distance > tolerance:
                differing.append((index, word, mine, other))
    return Compared(
        step, tuple(identities), tuple(unknown), largest, tuple(differing), tuple(recurrent)
    )


def _without_newcomers(
    states: Sequence[State],
    agents: Sequence[int | None],
    recorded: dict[int, State],
    newcomers: dict[int, State],
) -> list[int | None]:
    """Take a newcomer for one, though it has the copied recurrent state of a known agent."""
    places = set(newcomers.values())
    return [
        None if agent in recorded and state in places and state != recorded[agent] else agent
        for agent, state in zip(agents, states, strict=True)
    ]


def _without_copies(
    states: Sequence[State], agents: Sequence[int | None], recorded: dict[int, State]
) -> list[int | None]:
    """Give each identity to one agent: of several that have it, the closest to the recorded one.

    A client may have copied a recurrent state to a newcomer.
    """
    if len(set(agents)) == len(agents):
        return list(agents)
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for index, agent in enumerate(agents):
        if agent is not None:
            holders[agent].append(index)
    chosen: list[int | None] = [None] * len(agents)
    for agent, indices in holders.items():
        distances = [
            largest_difference(states[index], recorded[agent]) if agent in recorded else 0.0
            for index in indices
        ]
        chosen[indices[distances.index(min(distances))]] = agent
    return chosen


def _with_newcomers(
    states: Sequence[State], agents: Sequence[int | None], newcomers: dict[int, State]
) -> list[int | None]:
    """Settle who the unknown agents are: newcomers, by where they stand.

    Where as many are unknown as the step has newcomers, they are those, the closest first.
    """
    chosen = list(agents)
    strange = [index for index, agent in enumerate(chosen) if agent is None]
    left = dict(newcomers)
    pairs = sorted(
        (largest_difference(states[index], state), index, agent)
        for index in strange
        for agent, state in left.items()
    )
    for distance, index, agent in pairs:
        is_free = chosen[index] is None and agent in left
        if is_free and (distance == 0 or len(strange) == len(newcomers)):
            chosen[index] = agent
            del left[agent]
    return chosen


def likely_identities(request: Observation, step: Step) -> tuple[int, ...] | None:
    """Return who a request's agents most likely are in a recorded step, by where they stand.

    Only for requests whose lineage is unknown. If there are as many agents, they are the same in
    the same order; else each, in turn, is the closest that is left. None if the step has fewer.
    """
    recorded = dict(_sent(step))
    present = [agent for agent in step.agents if agent in recorded]
    if len(present) < len(request.sent):
        return None
    if len(present) == len(request.sent):
        return tuple(present)
    left = {agent: recorded[agent][:2] for agent in present}
    found = []
    for index in range(len(request.sent)):
        place = request.sent.state(index)[:2]
        closest = min(left, key=lambda agent: math.dist(place, left[agent]))
        found.append(closest)
        del left[closest]
    return tuple(found)


def largest_difference(ours: State, theirs: State) -> float:
    """Return the largest difference between two states (m, rad, m/s)."""
    return max((distance for _, _, _, distance in _differences(ours, theirs)), default=0.0)


def _sent(step: Step) -> Iterator[tuple[int, State]]:
    """Yield (identity, state that the request gave) of a step's agents, those of every part."""
    for part in step.parts:
        yield from zip(part.agents, part.observation.sent.all_states(), strict=False)


def _sent_recurrent(step: Step) -> dict[int, set[int]]:
    """Return the fingerprints that each agent of a step was sent with, in any part."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for part in step.parts:
        for agent, recurrent in zip(part.agents, part.observation.sent.recurrent, strict=False):
            found[agent].add(recurrent)
    return found


def _differences(
    ours: Iterable[float], theirs: Iterable[float]
) -> Iterator[tuple[str, float, float, float]]:
    """Yield (word, ours, theirs, how far apart) of what differs at all."""
    for word, mine, other in zip(_WORDS, ours, theirs, strict=True):
        if mine == other or (math.isnan(mine) and math.isnan(other)):
            continue  # a client may send what is no number, twice the same
        distance = abs(mine - other) if math.isfinite(mine - other) else math.inf
        if word == "orientation" and math.isfinite(distance):
            distance = abs(math.remainder(distance, math.tau))
        if distance:
            yield word, mine, other, distance


def _difference(index: int, word: str, mine: float, other: float) -> Difference:
    texts = (
        (f"{mine:.6g}", f"{other:.6g}")
        if f"{mine:.6g}" != f"{other:.6g}"
        else (repr(mine), repr(other))
    )
    return Difference("agent_states", f"agent {index} {word}", *texts)
