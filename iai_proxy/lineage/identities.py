"""Each agent's identity: the same number through all steps of its simulation."""

from __future__ import annotations

from collections.abc import Sequence

from iai_proxy.lineage.groups import Group, inherited
from iai_proxy.lineage.observe import Observation
from iai_proxy.lineage.sources import (
    Source,
    Sources,
    index_of,
    indices_of,
    picked,
    position_of,
    source,
)


class Identities:
    """Gives out identities, to a group's parent before the group.

    Args:
        observations: as the groups have them.
    """

    def __init__(self, observations: Sequence[Observation]) -> None:
        self._all = observations
        self._of: dict[int, tuple[int, ...]] = {}
        self._lent: dict[Source, int] = {}
        self._count = 0

    def add(self, group: Group, member: int) -> tuple[int, ...]:
        """Return the agents of a member's answer; the tuple of before where they are the same."""
        sources, count = group.sources[member], len(self._all[member].received)
        agents = self._handed_on(sources, count)
        if agents is None:
            agents = tuple(self._followed(group, member, sources, count))
        self._of[member] = agents
        return agents

    def _handed_on(self, sources: Sources, count: int) -> tuple[int, ...] | None:
        """The agents of an answer if all are known from earlier answers."""
        if len(sources) < count or inherited(sources) < len(sources):
            return None
        if not indices_of(sources) <= self._of.keys():
            return None
        if isinstance(sources, range) and len(sources) == count:
            return self._of[index_of(sources.start)]
        return tuple(picked(self._of, (found for found in sources[:count] if found is not None)))

    def _followed(self, group: Group, member: int, sources: Sources, count: int) -> list[int]:
        """The agents of an answer, each by itself. Newcomers get the same identity in all parts."""
        observation = self._all[member]
        newcomers = self._newcomers(group, member) if observation.call.endpoint.is_drive else {}
        sent = observation.sent.states
        agents = []
        for position in range(count):
            found = sources[position] if position < len(sources) else None
            agent = None if found is None else self._known(found)
            if agent is None:
                agent = newcomers.get(sent[position]) if position < len(sent) else None
                if agent is None:
                    agent = self._count
                    self._count += 1
                if found is not None:
                    self._lent[found] = agent  # by an initialize elsewhere
            agents.append(agent)
        return agents

    def _newcomers(self, group: Group, member: int) -> dict[int, int]:
        """Newcomers that other parts of the same call have met, by their states."""
        found: dict[int, int] = {}
        for other in group.members:
            sources = group.sources[other]
            if other == member or inherited(sources) == len(sources):
                continue
            states = self._all[other].sent.states
            for position, (state, given) in enumerate(zip(states, sources, strict=False)):
                agent = self._known(source(other, position)) if given is None else None
                if agent is not None:
                    found[state] = agent
        return found

    def _known(self, found: Source) -> int | None:
        agents, position = self._of.get(index_of(found)), position_of(found)
        if agents is None:
            return self._lent.get(found)
        return agents[position] if position < len(agents) else None
