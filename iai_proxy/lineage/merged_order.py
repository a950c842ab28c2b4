"""One order out of several lists that each keep it."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

_Agent = TypeVar("_Agent", bound=Hashable)


def merged_order(
    lists: Iterable[Sequence[_Agent]], rank: Mapping[_Agent, float]
) -> list[_Agent] | None:
    """Return one order in which every list's agents stand in the list's order.

    Args:
        lists: each in the client's order.
        rank: what decides where the lists leave it open, lowest first. An agent without one, a
            newcomer, comes just before the next in its list that has one; where there is none it
            comes last, as it is met.

    Returns:
        The order; None where the lists contradict one another.
    """
    lists = list(lists)
    if _all_rise(lists, rank):
        return sorted(set().union(*lists), key=rank.__getitem__)
    after: defaultdict[_Agent, set[_Agent]] = defaultdict(set)
    before: dict[_Agent, int] = {}
    met: dict[_Agent, int] = {}
    unranked = max(rank.values(), default=0) + 1
    key: dict[_Agent, float] = {}
    for agents in lists:
        next_rank = unranked
        for agent in reversed(agents):
            next_rank = rank.get(agent, next_rank)
            just_before = min(next_rank - 0.5, key.get(agent, unranked))
            key[agent] = rank.get(agent, just_before)
        for agent in agents:
            met.setdefault(agent, len(met))
            before.setdefault(agent, 0)
        for earlier, later in pairwise(agents):
            if later not in after[earlier]:
                after[earlier].add(later)
                before[later] += 1
    ready = [(key[agent], met[agent], agent) for agent, count in before.items() if not count]
    heapq.heapify(ready)
    order: list[_Agent] = []
    while ready:
        _, _, agent = heapq.heappop(ready)
        order.append(agent)
        for later in after[agent]:
            before[later] -= 1
            if not before[later]:
                heapq.heappush(ready, (key[later], met[later], later))
    return order if len(order) == len(before) else None


def _all_rise(lists: Sequence[Sequence[_Agent]], rank: Mapping[_Agent, float]) -> bool:
    """Tell whether all lists stand in the order of the ranks: then that is the order."""
    agents: set[_Agent] = set().union(*lists)
    if not agents <= rank.keys() or len(set(map(rank.__getitem__, agents))) < len(agents):
        return False
    ranks = (list(map(rank.__getitem__, listed)) for listed in lists)
    return all(rising == sorted(set(rising)) for rising in ranks)
