"""Which region of a large ``initialize`` an agent is of.

Each region's call has the agents of its neighbours first, then those that were given for the region
itself, then those to be placed. So an agent that is placed is its region's. One that was given is
sent with other regions too, and stands there among the neighbours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

Place = tuple[int, int]  # (part, position in its answer)


def placed_by(
    parts: Sequence[Sequence[int]],
    given: Sequence[Sequence[int]],
    known: Mapping[int, Place],
    distance: Callable[[Place], float] = lambda _: 0.0,
) -> tuple[dict[int, Place], set[int]]:
    """Return where each agent is a region's own, and of which agents that is doubtful.

    Args:
        parts: agents of each part's answer.
        given: of each part, the first of them, which were sent.
        known: agents whose region is known otherwise.
        distance: how far an agent is from the region's centre. Where all else leaves it open, it is
            of the nearest, the first of several.
    """
    owner = dict(known)
    places: defaultdict[int, list[Place]] = defaultdict(list)
    for number, (part, sent) in enumerate(zip(parts, given, strict=True)):
        for position, agent in enumerate(part):
            if position >= len(sent):
                owner.setdefault(agent, (number, position))
            places[agent].append((number, position))
    pending = [agent for agent in places if agent not in owner]
    doubtful: set[int] = set()
    settled = -1
    while settled < len(owner):
        settled = len(owner)
        neighbours = [_neighbours(number, sent, owner) for number, sent in enumerate(given)]
        for agent in [agent for agent in pending if agent not in owner]:
            possible = [place for place in places[agent] if place[1] >= neighbours[place[0]]]
            if len(possible) == 1:
                owner[agent] = possible[0]
    for agent in [agent for agent in pending if agent not in owner]:
        owner[agent] = min(places[agent], key=distance)
        doubtful.add(agent)
    return owner, doubtful


def _neighbours(number: int, sent: Sequence[int], owner: Mapping[int, Place]) -> int:
    """How many agents of a part are certainly its neighbours': all up to the last that is."""
    return max(
        (at + 1 for at, agent in enumerate(sent) if owner.get(agent, (number,))[0] != number),
        default=0,
    )
