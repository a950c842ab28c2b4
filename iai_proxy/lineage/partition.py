"""Parts of a large call: which agents are a part's own, and in which order the client has them.

The SDK puts a part's own agents first, in rising client order, then its neighbours'
(``large/drive.py``). Each agent is owned exactly once. So the own agents of each part are a prefix,
and the prefixes share the agents out among them; which answer the client went on with settles the
rest.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from math import ceil, isfinite
from typing import Final, Generic, TypeVar

_Agent = TypeVar("_Agent", bound=Hashable)
Place = tuple[float, float]

#: Deeper than a quadtree with leaves of a nanometre.
_DEEPEST: Final = 48


def cover_all(parts: Sequence[Sequence[_Agent]], least: Sequence[int]) -> bool:
    """Tell whether each agent is among the so many first of a part; then there is nothing to find out."""
    own = (part[:length] for part, length in zip(parts, least, strict=True))
    return len(set().union(*own)) == len(set().union(*parts))


def own_prefixes(
    parts: Sequence[Sequence[_Agent]],
    least: Sequence[int],
    rank: Mapping[_Agent, int],
    places: Mapping[_Agent, Place],
) -> tuple[list[int], list[_Agent]]:
    """Return how many agents of each part, from its first on, are its own.

    Args:
        parts: the agents of each part, in its order.
        least: for each part how many of its agents, from the first on, are its own for certain,
            since the client went on with the last of them.
        rank: the client's order of earlier steps, as far as it is known. Own agents rise in it,
            unless the client has put its agents in another order since.
        places: where each agent was before the call, (x m, y m). Own agents of a part share a leaf
            of the SDK's quadtree, which settles what nothing else does: at a run's last step
            nothing is continued.

    Returns:
        The lengths, and the agents whose owner all this leaves open; of those the first part that
        could own them was chosen.
    """
    rising = [_rising(part, rank) for part in parts]
    lengths, doubtful = _prefixes(parts, least, rising, places)
    if not cover_all(parts, lengths):  # the order has changed
        return _prefixes(parts, least, [len(part) for part in parts], places)
    return lengths, doubtful


def _rising(part: Sequence[_Agent], rank: Mapping[_Agent, int]) -> int:
    """How many agents from the first on stand in rising order; those without a rank fit anywhere."""
    last = -1
    for position, agent in enumerate(part):
        place = rank.get(agent, last)
        if place < last:
            return position
        last = place
    return len(part)


def _prefixes(
    parts: Sequence[Sequence[_Agent]],
    at_least: Sequence[int],
    longest: Sequence[int],
    places: Mapping[_Agent, Place],
) -> tuple[list[int], list[_Agent]]:
    leaves = _Leaves(places)
    least = list(at_least)
    most = list(map(max, longest, least))
    seen: defaultdict[_Agent, list[tuple[int, int]]] = defaultdict(list)
    for number, part in enumerate(parts):
        for position, agent in enumerate(part):
            seen[agent].append((number, position))
    doubtful: list[_Agent] = []
    pending = list(seen)
    while pending:
        pending = _settle(pending, seen, least, most)
        if pending:
            agent = pending.pop(0)
            possible = [(n, p) for n, p in seen[agent] if p < most[n]]
            shared = [leaves.shared(agent, parts[n][0]) for n, _ in possible]
            number, position = possible[shared.index(max(shared))]
            if shared.count(max(shared)) > 1:
                doubtful.append(agent)
            _claim(parts, seen, least, most, number, position)
    return least, doubtful


class _Leaves(Generic[_Agent]):
    """The SDK's quadtree over all agents of a call (``large/drive.py``, ``large/_quadtree.py``), cut very deep.

    The leaves are disjoint, so of two agents the one that shares the deeper cell with a third
    shares its leaf, if either does.
    """

    def __init__(self, places: Mapping[_Agent, Place]) -> None:
        self._places = places
        self._paths: dict[_Agent, bytes] = {}
        if places:
            xs, ys = [x for x, _ in places.values()], [y for _, y in places.values()]
            spread = max(max(xs) - min(xs), max(ys) - min(ys))
            middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
            if all(map(isfinite, (spread, *middle))):
                self._size = ceil(spread) + 1
                self._center = (round(middle[0]), round(middle[1]))
            else:  # a client may send anything
                self._places = {}

    def shared(self, one: _Agent, other: _Agent) -> int:
        """How deep the smallest cell is that holds both; -1 where that is unknown."""
        if one not in self._places or other not in self._places:
            return -1
        ours, theirs = self._path(one), self._path(other)
        return next((depth for depth in range(_DEEPEST) if ours[depth] != theirs[depth]), _DEEPEST)

    def _path(self, agent: _Agent) -> bytes:
        if agent not in self._paths:
            (x, y), half = self._places[agent], self._size / 2
            cx, cy = float(self._center[0]), float(self._center[1])
            path = bytearray()
            for _ in range(_DEEPEST):
                half /= 2
                # Edges belong to both sides; the SDK asks north-west, north-east, south-west,
                # south-east in turn.
                north, west = y >= cy, x <= cx
                path.append(2 * (not north) + (not west))
                cx, cy = cx + (-half if west else half), cy + (half if north else -half)
            self._paths[agent] = bytes(path)
        return self._paths[agent]


def _settle(
    agents: Iterable[_Agent],
    seen: Mapping[_Agent, list[tuple[int, int]]],
    least: list[int],
    most: list[int],
) -> list[_Agent]:
    """Draw every conclusion that is certain; return the agents still without an owner."""
    pending = list(agents)
    changed = True
    while changed:
        changed = False
        for agent in pending:
            owners = [
                (number, position) for number, position in seen[agent] if position < least[number]
            ]
            possible = owners or [
                (number, position) for number, position in seen[agent] if position < most[number]
            ]
            if len(possible) == 1 or owners:
                number, position = possible[0]
                changed |= position >= least[number]
                least[number] = max(least[number], position + 1)
                for other, where in seen[agent]:
                    if other != number and where < most[other] and where >= least[other]:
                        most[other] = where
                        changed = True
        pending = [
            a for a in pending if not any(position < least[number] for number, position in seen[a])
        ]
        pending = [
            a for a in pending if any(position < most[number] for number, position in seen[a])
        ]
    return pending


def _claim(
    parts: Sequence[Sequence[_Agent]],
    seen: Mapping[_Agent, list[tuple[int, int]]],
    least: list[int],
    most: list[int],
    number: int,
    position: int,
) -> None:
    least[number] = max(least[number], position + 1)
    for agent in parts[number][: least[number]]:
        for other, where in seen[agent]:
            if other != number and least[other] <= where < most[other]:
                most[other] = where


def merged_order(
    lists: Iterable[Sequence[_Agent]], rank: Mapping[_Agent, int]
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
    ranked_next: dict[_Agent, float] = {}
    for one in lists:
        following: float = unranked
        for agent in reversed(one):
            following = rank.get(agent, following)
            ranked_next[agent] = rank.get(
                agent, min(following - 0.5, ranked_next.get(agent, unranked))
            )
        for agent in one:
            met.setdefault(agent, len(met))
            before.setdefault(agent, 0)
        for earlier, later in pairwise(one):
            if later not in after[earlier]:
                after[earlier].add(later)
                before[later] += 1
    ready = [
        (ranked_next[agent], met[agent], agent) for agent, count in before.items() if not count
    ]
    heapq.heapify(ready)
    order: list[_Agent] = []
    while ready:
        _, _, agent = heapq.heappop(ready)
        order.append(agent)
        for later in after[agent]:
            before[later] -= 1
            if not before[later]:
                heapq.heappush(ready, (ranked_next[later], met[later], later))
    return order if len(order) == len(before) else None


def _all_rise(lists: Sequence[Sequence[_Agent]], rank: Mapping[_Agent, int]) -> bool:
    """Tell whether all lists stand in the order of the ranks, so that this is the order that is looked for."""
    agents: set[_Agent] = set().union(*lists)
    if not agents <= rank.keys() or len(set(map(rank.__getitem__, agents))) < len(agents):
        return False
    ranks = (list(map(rank.__getitem__, one)) for one in lists)
    return all(one == sorted(set(one)) for one in ranks)
