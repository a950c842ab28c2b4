"""Parts of a large ``drive``: which agents are a part's own.

The SDK puts a part's own agents first, in rising client order, then its neighbours'. Each agent is
owned exactly once. So the own agents of each part are a prefix, and the prefixes share the agents
out among them; which answer the client went on with settles the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from iai_proxy.lineage.leaves import Leaves, Place

_Agent = TypeVar("_Agent", bound=Hashable)


def cover_all(parts: Sequence[Sequence[_Agent]], lengths: Sequence[int]) -> bool:
    """Tell whether each agent is among the first ones of a part, as many as its length says."""
    own = (part[:length] for part, length in zip(parts, lengths, strict=True))
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
        least: for each part how many of its agents, from the first on, are certainly its own,
            since the client went on with the last of them.
        rank: the client's order of earlier steps, as far as it is known. Own agents rise in it,
            unless the client has put its agents in another order since.
        places: where each agent was before the call, (x m, y m). Own agents of a part share a leaf
            of the SDK's quadtree, which settles what nothing else does: at a run's last step
            nothing is continued.

    Returns:
        The lengths, and the agents whose owner all this leaves open; they went to the first part
        that could own them.
    """
    rising = _Prefixes(parts, least, [_rising(part, rank) for part in parts])
    doubtful = rising.settle_all(Leaves(places))
    if cover_all(parts, rising.least):
        return rising.least, doubtful
    reordered = _Prefixes(parts, least, [len(part) for part in parts])
    doubtful = reordered.settle_all(Leaves(places))
    return reordered.least, doubtful


def _rising(part: Sequence[_Agent], rank: Mapping[_Agent, int]) -> int:
    """How many agents from the first on are in rising order; those without a rank fit anywhere."""
    last = -1
    for position, agent in enumerate(part):
        place = rank.get(agent, last)
        if place < last:
            return position
        last = place
    return len(part)


class _Prefixes(Generic[_Agent]):
    """Lengths of the parts' prefixes, between the least and the most that they can be.

    Args:
        parts: the agents of each part.
        least: the shortest that each can be.
        longest: the longest that each can be.
    """

    def __init__(
        self, parts: Sequence[Sequence[_Agent]], least: Sequence[int], longest: Sequence[int]
    ) -> None:
        self._parts = parts
        self.least = list(least)
        self._most = list(map(max, longest, least))
        self._seen: defaultdict[_Agent, list[tuple[int, int]]] = defaultdict(list)
        for number, part in enumerate(parts):
            for position, agent in enumerate(part):
                self._seen[agent].append((number, position))

    def settle_all(self, leaves: Leaves[_Agent]) -> list[_Agent]:
        """Give each agent an owner; return those of whom that is doubtful."""
        doubtful: list[_Agent] = []
        pending = self._settle(list(self._seen))
        while pending:
            agent = pending[0]
            possible = self._possible(agent)
            shared = [leaves.shared(agent, self._parts[number][0]) for number, _ in possible]
            number, position = possible[shared.index(max(shared))]
            if shared.count(max(shared)) > 1:
                doubtful.append(agent)
            self._claim(number, position)
            pending = self._settle(pending[1:])
        return doubtful

    def _possible(self, agent: _Agent) -> list[tuple[int, int]]:
        """(part, position) wherever an agent may be an own one."""
        return [(number, at) for number, at in self._seen[agent] if at < self._most[number]]

    def _owners(self, agent: _Agent) -> list[tuple[int, int]]:
        """(part, position) wherever an agent certainly is an own one."""
        return [(number, at) for number, at in self._seen[agent] if at < self.least[number]]

    def _settle(self, pending: list[_Agent]) -> list[_Agent]:
        """Draw every conclusion that is certain; return the agents still without an owner."""
        changed = True
        while changed:
            before = [*self.least, *self._most]
            for agent in pending:
                owners = self._owners(agent)
                possible = owners or self._possible(agent)
                if owners or len(possible) == 1:
                    number, position = possible[0]
                    self.least[number] = max(self.least[number], position + 1)
                    self._leave_to(number, agent)
            changed = [*self.least, *self._most] != before
            pending = [
                agent for agent in pending if self._possible(agent) and not self._owners(agent)
            ]
        return pending

    def _claim(self, number: int, position: int) -> None:
        """Make the agents of a part its own up to a position."""
        self.least[number] = max(self.least[number], position + 1)
        for agent in self._parts[number][: self.least[number]]:
            self._leave_to(number, agent)

    def _leave_to(self, number: int, agent: _Agent) -> None:
        """Let the prefixes of all other parts end before an agent that a part owns."""
        for other, position in self._seen[agent]:
            if other != number and self.least[other] <= position < self._most[other]:
                self._most[other] = position
