"""Where agents stand after a client has put some of them elsewhere in its order."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence


def placed_anew(lists: Sequence[Sequence[int]], rank: Mapping[int, float]) -> dict[int, float]:
    """Return each agent's rank after a change that the lists show, and that is a small one.

    In each list as many agents as possible stay where they were. The others take the places that
    they have left to one another, or come just before the next in their list.

    Args:
        lists: in the client's order; the first list that an agent is in counts.
        rank: before the change.
    """
    met: set[int] = set()
    disjoint = []
    for agents in lists:
        disjoint.append([agent for agent in agents if agent not in met])
        met.update(agents)
    kept = {agent: rank[agent] for agents in disjoint for agent in _longest_rising(agents, rank)}
    placed = dict(kept)
    for agents in disjoint:
        placed |= _exchanged(agents, kept, rank)
    absent = {agent: place for agent, place in rank.items() if agent not in met}
    ranked = ranks_with_others(disjoint, placed | absent, rank)
    return ranked | absent


def ranks_with_others(
    lists: Sequence[Sequence[int]], rank: Mapping[int, float], before: Mapping[int, float]
) -> dict[int, float]:
    """Return a rank for every agent of the lists.

    An agent without one takes the place of one that is gone, if it fits between its neighbours: a
    client may change an agent so much that it is not known again. Else it comes just before the
    next in its list that has a rank; where there is none it comes last.

    Args:
        lists: agents that keep their order if possible.
        rank: of all known agents.
        before: the places of those that stood there before.
    """
    present = {agent for agents in lists for agent in agents if agent in rank}
    used = {rank[agent] for agent in present}
    free = sorted(place for agent, place in before.items() if agent not in present)
    free = [place for place in free if place not in used]
    ranked = dict(rank)
    last = max(rank.values(), default=0.0) + 1
    for agents in lists:
        lowest: float = -math.inf
        for at, agent in enumerate(agents):
            if agent not in ranked:
                highest = next(
                    (rank[later] for later in agents[at + 1 :] if later in rank), math.inf
                )
                place = next((place for place in free if lowest < place < highest), None)
                if place is None:
                    place = highest - 0.5 if highest < math.inf else last
                else:
                    free.remove(place)
                ranked[agent] = place
            lowest = ranked[agent]
    return ranked


def _longest_rising(agents: Sequence[int], rank: Mapping[int, float]) -> list[int]:
    """The most agents of a list that still stand in the order of their ranks."""
    ends: list[float] = []
    last: list[int] = []
    back: dict[int, int | None] = {}
    for agent in agents:
        if agent not in rank:
            continue
        at = bisect_left(ends, rank[agent])
        ends[at:] = [rank[agent]] if at == len(ends) else [rank[agent], *ends[at + 1 :]]
        last[at:] = [agent, *last[at + 1 :]]
        back[agent] = last[at - 1] if at else None
    found: list[int] = []
    agent_or_none = last[-1] if last else None
    while agent_or_none is not None:
        found.append(agent_or_none)
        agent_or_none = back[agent_or_none]
    return found[::-1]


def _exchanged(
    agents: Sequence[int], kept: Mapping[int, float], rank: Mapping[int, float]
) -> dict[int, float]:
    """The ranks of a list whose agents have changed places with one another, if few have."""
    known = [agent for agent in agents if agent in rank]
    places = sorted(rank[agent] for agent in known)
    changed = {
        agent: place for agent, place in zip(known, places, strict=True) if rank[agent] != place
    }
    moved = sum(agent not in kept for agent in known)
    return changed if len(changed) <= 2 * moved else {}
