"""How the SDK has divided a call: certain, since the SDK divides by the positions that are sent.

Its quadtree depends on nothing but where the agents are and how many a call may have. So of all
limits there is one whose division gives exactly these parts, or the call was not divided by the
SDK, or not all of its parts are known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import chain, takewhile
from typing import Final, NamedTuple, TypeVar

from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.large import Share, SplitError, split

_Agent = TypeVar("_Agent", bound=Hashable)
Place = tuple[float, float]

#: Finer than any division: agents can't be parted.
_FINEST: Final = (1 << 62, 0)


class Division(NamedTuple):
    """A call, divided by the SDK.

    Attributes:
        limit: agents a call, one of those that give this division.
        order: the parts in the order of the SDK's calls.
        own: for each part how many of its agents, from the first on, are its own.
        rising: for each part, positions of agents that stand in the client's order.
    """

    limit: int
    order: tuple[int, ...]
    own: tuple[int, ...]
    rising: tuple[tuple[tuple[int, ...], ...], ...]


def division_of(
    parts: Sequence[Sequence[_Agent]],
    places: Mapping[_Agent, Place],
    likely: int = AGENTS_PER_CALL,
) -> Division | None:
    """Return how the SDK has divided a call; None if these are not all parts of such a call.

    Args:
        parts: the agents of each part, in its order; no agent twice in a part.
        places: where each agent is, as it was sent, (x m, y m).
        likely: the limit to try first.
    """
    number = {agent: place for place, agent in enumerate(dict.fromkeys(chain(*parts)))}
    positions = [places[agent] for agent in number]
    numbered = [[number[agent] for agent in part] for part in parts]
    wanted = len(parts), -sum(map(len, parts))
    low, high = max(map(len, parts)), AGENTS_PER_CALL
    limit = min(max(likely, low), high)
    while low <= high:
        shares = _divided(positions, limit)
        size = _fineness(shares)
        if size == wanted:
            return _fitted(numbered, shares, limit)
        if size > wanted:
            low = limit + 1
        else:
            high = limit - 1
        limit = (low + high) // 2
    return None


def _divided(positions: Sequence[Place], limit: int) -> list[Share]:
    try:
        return split(positions, limit)
    except SplitError:
        return []


def _fineness(shares: Sequence[Share]) -> tuple[int, int]:
    """What grows, or stays, with every square that is divided: then the shares are the same."""
    total = sum(len(share.own) + len(share.buffer) for share in shares)
    return (len(shares), -total) if shares else _FINEST


def _fitted(parts: Sequence[Sequence[int]], shares: Sequence[Share], limit: int) -> Division | None:
    owner = {agent: share for share in shares for agent in share.own}
    found = [owner[part[0]] for part in parts]
    for part, share in zip(parts, found, strict=True):
        count = len(share.own)
        if set(part[:count]) != set(share.own) or set(part[count:]) != set(share.buffer):
            return None
    own = tuple(len(share.own) for share in found)
    order = tuple(sorted(range(len(found)), key=lambda part: found[part].square))
    rising = (_rising(part, share, owner) for part, share in zip(parts, found, strict=True))
    return Division(limit, order, own, tuple(rising))


def _rising(
    part: Sequence[int], share: Share, owner: Mapping[int, Share]
) -> tuple[tuple[int, ...], ...]:
    """A part's own agents, and its neighbours by where their square parts from this one.

    Each time a square is divided, its own agents come to the smaller ones before those around it.
    So the neighbours rise only among those that have been around a square from the same size on.
    """
    apart: defaultdict[int, list[int]] = defaultdict(list)
    count = len(share.own)
    for position in range(count, len(part)):
        ways = zip(share.square, owner[part[position]].square, strict=False)
        apart[sum(1 for _ in takewhile(lambda way: way[0] == way[1], ways))].append(position)
    return tuple(range(count)), *map(tuple, apart.values())
