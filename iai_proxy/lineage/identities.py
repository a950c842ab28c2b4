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
        """Return the agents of a member's answer; the same tuple as before where they are the same, in their order."""
        sources, count = group.sources[member], len(self._all[member].received)
        agents = self._handed_on(sources, count)
        if agents is None:
            agents = tuple(self._followed(group, member, sources, count))
        self._of[member] = agents
        return agents

    def _handed_on(self, sources: Sources, count: int) -> tuple[int, ...] | None:
        """The agents of an answer all of which are known from earlier ones."""
        if len(sources) < count or inherited(sources) < len(sources):
            return None
        if not indices_of(sources) <= self._of.keys():
            return None
        if isinstance(sources, range) and len(sources) == count:
            return self._of[index_of(sources.start)]
        return tuple(picked(self._of, (one for one in sources[:count] if one is not None)))

    def _followed(self, group: Group, member: int, sources: Sources, count: int) -> list[int]:
        """The agents of an answer one by one. Newcomers get a new identity, the same in all parts."""
        observation = self._all[member]
        newcomers = self._newcomers(group, member) if observation.call.endpoint.is_drive else {}
        sent = observation.sent.states
        agents = []
        for position in range(count):
            one = sources[position] if position < len(sources) else None
            agent = None if one is None else self._known(one)
            if agent is None:
                agent = newcomers.get(sent[position]) if position < len(sent) else None
                if agent is None:
                    agent = self._count
                    self._count += 1
                if one is not None:
                    self._lent[one] = agent  # by an initialize elsewhere
            agents.append(agent)
        return agents

    def _newcomers(self, group: Group, member: int) -> dict[int, int]:
        """Newcomers that other parts of the same call have met, by their states."""
        found: dict[int, int] = {}
        for other in group.members:
            sources = group.sources[other]
            if other == member or inherited(sources) == len(sources):
                continue
            for position, (state, one) in enumerate(
                zip(self._all[other].sent.states, sources, strict=False)
            ):
                agent = self._known(source(other, position)) if one is None else None
                if agent is not None:
                    found[state] = agent
        return found

    def _known(self, one: Source) -> int | None:
        agents, position = self._of.get(index_of(one)), position_of(one)
        if agents is None:
            return self._lent.get(one)
        return agents[position] if position < len(agents) else None
