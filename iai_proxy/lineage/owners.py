"""Which agents of a part are its own: the client takes their answers from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from iai_proxy.lineage.grouping import Grouping
from iai_proxy.lineage.groups import Group
from iai_proxy.lineage.leaves import Place
from iai_proxy.lineage.model import Step
from iai_proxy.lineage.observe import Agents, Observation
from iai_proxy.lineage.ordering import known_order, positions_below
from iai_proxy.lineage.partition import cover_all, own_prefixes
from iai_proxy.lineage.sources import Source, indices_of, reach, source

#: The SDK's default region; a large ``initialize`` drops agents that were placed outside of theirs.
_REGION_M: Final = 100.0


class Owners:
    """Finds the own agents of each part. What the client went on with says which they are.

    Args:
        grouping: all groups.
    """

    def __init__(self, grouping: Grouping) -> None:
        self._all = grouping.observations
        self._gone_on_with: defaultdict[Group, set[Source | None]] = defaultdict(set)
        for group in grouping.groups:
            if group.parent and len(group.parent.members) > 1:  # no one asks it of a single call
                self._gone_on_with[group.parent].update(*group.sources.values())

    def own(
        self, group: Group, agents: Sequence[tuple[int, ...]], parent: Step | None
    ) -> tuple[list[tuple[int, ...]], int]:
        """Return the positions of each part's own agents, and of how many agents that is doubtful.

        Args:
            group: the step in the making.
            agents: of each part, by identity.
            parent: the step that it continues.
        """
        if self._all[group.members[0]].call.endpoint.is_initialize:
            return [self._placed(group, member) for member in group.members], 0
        if len(group.members) == 1:
            return [positions_below(len(agents[0]))], 0
        lengths, doubtful = self._prefixes(group, agents, parent)
        return [positions_below(length) for length in lengths], len(doubtful)

    def _placed(self, group: Group, member: int) -> tuple[int, ...]:
        """The agents that a part of an ``initialize`` placed, without those that were dropped.

        Where the client went on, what it went on with tells; else the region does.
        """
        observation = self._all[member]
        positions = [
            position for position, given in enumerate(group.sources[member]) if given is None
        ]
        if len(group.members) == 1:
            return tuple(positions)
        gone_on_with = self._gone_on_with[group]
        if indices_of(tuple(gone_on_with)).isdisjoint(group.members):
            return tuple(position for position in positions if _in_region(observation, position))
        return tuple(position for position in positions if source(member, position) in gone_on_with)

    def _prefixes(
        self, group: Group, agents: Sequence[tuple[int, ...]], parent: Step | None
    ) -> tuple[Sequence[int], Sequence[int]]:
        """How many agents of each part, from its first on, are its own; doubtful agents."""
        gone_on_with = sorted(found for found in self._gone_on_with[group] if found is not None)
        least = [max(reach(member, gone_on_with), 1) for member in group.members]
        if cover_all(agents, least):
            return least, ()
        places: dict[int, Place] = {}
        for member, identities in zip(group.members, agents, strict=True):
            coordinates = self._all[member].sent.coordinates
            pairs = zip(coordinates[::4], coordinates[1::4], strict=True)
            places.update(zip(identities, pairs, strict=False))
        return own_prefixes(agents, least, known_order(parent), places)


def as_answered(parts: Sequence[Agents], answer: Agents) -> list[tuple[int, int]] | None:
    """Return where each agent of a large call's own answer comes from: (part, position).

    None if it has agents that no part answered.
    """
    places: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for part, agents in enumerate(parts):
        for position, key in enumerate(_keys(agents)):
            places[key].append((position, part))
    for found in places.values():
        found.sort(reverse=True)  # own agents stand first
    chosen: list[tuple[int, int]] = []
    for key in _keys(answer):
        if not places[key]:
            return None
        position, part = places[key].pop()
        chosen.append((part, position))
    return chosen or None


def _keys(agents: Agents) -> list[int]:
    return [
        recurrent or state for recurrent, state in zip(agents.recurrent, agents.states, strict=True)
    ]


def _in_region(observation: Observation, position: int) -> bool:
    if observation.center is None:
        return True
    x, y, *_ = observation.received.state(position)
    half = _REGION_M / 2
    return abs(x - observation.center[0]) < half and abs(y - observation.center[1]) < half
