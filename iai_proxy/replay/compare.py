"""A request's agents beside those that a recorded step was asked with."""

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
        identities: who the request's agents are there; shorter than the request where some are
            unknown.
        unknown: indices of the request's agents that the step does not have.
        apart: the largest difference of a state (m, rad, m/s) among those that are known.
        places: every place that differs by more than the tolerance: (agent's index, word, ours,
            recorded).
    """

    step: Step
    identities: tuple[int, ...]
    unknown: tuple[int, ...]
    apart: float
    places: tuple[tuple[int, str, float, float], ...]

    @property
    def differences(self) -> list[Difference]:
        """The places in words."""
        return [_difference(*place) for place in self.places]

    @property
    def fits(self) -> bool:
        """Whether the step answers the request."""
        return not self.unknown and not self.places


def compared(
    asked: Observation, agents: Sequence[int | None], step: Step, tolerance: float
) -> Compared:
    """Compare a request with the recorded step that it may be.

    Args:
        asked: the request.
        agents: identities of its agents in the step before; None for newcomers, who are known by
            their state.
        step: the recorded step.
        tolerance: how far a state may be from the recorded one (m, rad, m/s).
    """
    answered = set(step.agents)
    sent = {agent: state for agent, state in _sent(step) if agent in answered}
    continued_here = set(agents)
    newcomers = {agent: state for agent, state in sent.items() if agent not in continued_here}
    chosen = _chosen(
        asked, _once(asked, _unclaimed(asked, agents, sent, newcomers), sent), newcomers
    )
    identities, unknown, found = [], [], []
    largest = 0.0
    for index, agent in enumerate(chosen):
        if agent is None or agent not in sent:
            unknown.append(index)
            continue
        identities.append(agent)
        for word, mine, other, distance in _apart(asked.sent.state(index), sent[agent]):
            largest = max(largest, distance)
            if distance > tolerance:
                found.append((index, word, mine, other))
    return Compared(step, tuple(identities), tuple(unknown), largest, tuple(found))


def _unclaimed(
    asked: Observation,
    agents: Sequence[int | None],
    sent: dict[int, State],
    newcomers: dict[int, State],
) -> list[int | None]:
    """Take an agent with a copied recurrent state for a newcomer if it stands where one does."""
    places = set(newcomers.values())
    return [
        None if agent in sent and state in places and state != sent[agent] else agent
        for agent, state in zip(agents, map(asked.sent.state, range(len(agents))), strict=True)
    ]


def _once(
    asked: Observation, agents: Sequence[int | None], sent: dict[int, State]
) -> list[int | None]:
    """Give each agent to one at most.

    Where several have the same recurrent state (a client has copied it to a newcomer), it belongs
    to the one that stands closest to where the recorded one was.
    """
    if len(set(agents)) == len(agents):
        return list(agents)
    chosen: list[int | None] = [None] * len(agents)
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for index, agent in enumerate(agents):
        if agent is not None:
            holders[agent].append(index)
    for agent, indices in holders.items():
        if len(indices) > 1 and agent in sent:
            indices.sort(key=lambda index, there=sent[agent]: apart(asked.sent.state(index), there))  # type: ignore[misc]
        chosen[indices[0]] = agent
    return chosen


def _chosen(
    asked: Observation, agents: Sequence[int | None], newcomers: dict[int, State]
) -> list[int | None]:
    """Settle who the unknown agents are: newcomers, by where they stand.

    Where as many are unknown as the step has newcomers, they are those, the closest first.
    """
    chosen = list(agents)
    strange = [index for index, agent in enumerate(chosen) if agent is None]
    left = dict(newcomers)
    pairs = sorted(
        (apart(asked.sent.state(index), state), index, agent)
        for index in strange
        for agent, state in left.items()
    )
    for distance, index, agent in pairs:
        if (
            chosen[index] is None
            and agent in left
            and (distance == 0 or len(strange) == len(newcomers))
        ):
            chosen[index] = agent
            del left[agent]
    return chosen


def apart(ours: State, theirs: State) -> float:
    """Return the largest difference between two states (m, rad, m/s)."""
    return max((distance for _, _, _, distance in _apart(ours, theirs)), default=0.0)


def matched(asked: Observation, step: Step) -> tuple[int, ...] | None:
    """Return the likely identities of a request's agents in a step; None if it has fewer agents.

    Only for requests whose lineage is unknown. In the same order where the numbers are the same;
    else each, in turn, is the closest that is left.
    """
    sent = dict(_sent(step))
    here = [agent for agent in step.agents if agent in sent]
    if len(here) < len(asked.sent):
        return None
    if len(here) == len(asked.sent):
        return tuple(here)
    left = [(*sent[agent][:2], agent) for agent in here]
    found = []
    for index in range(len(asked.sent)):
        x, y, *_ = asked.sent.state(index)
        ways = [math.hypot(x - there_x, y - there_y) for there_x, there_y, _ in left]
        found.append(left.pop(ways.index(min(ways)))[2])
    return tuple(found)


def _sent(step: Step) -> Iterator[tuple[int, State]]:
    """Yield (identity, state that the request gave) of a step's agents, those of every part."""
    for part in step.parts:
        sent = part.observation.sent
        for position, agent in enumerate(part.agents[: len(sent)]):
            yield agent, sent.state(position)


def _apart(
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
