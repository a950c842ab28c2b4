"""Which exchanges make one step, and which step each continues.

Exchanges are placed in the order of their requests. The step that most of a call's agents come from
is its parent (:mod:`iai_proxy.lineage.continuing`). Calls that continue the same step together,
each with some of its agents, are the parts of one large call.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from iai_proxy.lineage.continuing import Continuation, Continuations
from iai_proxy.lineage.groups import Group, Groups, first_of, inherited, keys_of
from iai_proxy.lineage.lockstep import Lockstep
from iai_proxy.lineage.observe import Observation
from iai_proxy.lineage.restoring import Restorer
from iai_proxy.lineage.sources import Source, Sources, indices_of, sources_of_answer

#: How many groups without a parent a part of a large ``initialize`` is compared with.
_LOOKED_BACK: Final = 16


class Grouping:
    """Sorts observations into groups: successful ``initialize`` and ``drive`` exchanges.

    Args:
        as_sent: numbers of exchanges whose recurrent states are taken as they were sent, while
            those of the others are restored; None to restore none.

    Attributes:
        observations: as they were placed.
    """

    def __init__(self, as_sent: Collection[int] | None = None) -> None:
        self._all: list[Observation] = []
        self.observations: Sequence[Observation] = self._all
        self._as_sent = as_sent
        self._groups = Groups(self._all)
        self._lockstep = Lockstep(self._all, self._groups)
        self._continuations = Continuations(self._all, self._groups, self._lockstep)
        self._restorer = Restorer(self._all, self._groups, self._continuations)

    @property
    def groups(self) -> list[Group]:
        """All groups but those that became parts of others, in order of their first request."""
        return [group for group in self._groups.made if not group.absorbed]

    @property
    def alternatives(self) -> list[list[Group]]:
        """Beginnings of simulations that may as well be the parts of one."""
        return list(self._lockstep.alternatives())

    def add(self, observation: Observation) -> None:
        """Place the next exchange, in the order of their requests."""
        index = len(self._all)
        self._all.append(observation)
        if self._as_sent is not None and observation.call.id not in self._as_sent:
            self._all[index] = self._restorer.restored(index)
        self._place(index)
        self._continuations.add(index)

    def finish(self) -> None:
        """Decide what could not be decided before all were placed."""
        self._lockstep.settle_all()
        for group in self.groups:
            group.arrivals = [index for index in group.arrivals if self._groups.of[index].absorbed]

    def _place(self, index: int) -> None:
        observation = self._all[index]
        if observation.call.endpoint.is_initialize:
            group = self._same_root(index)
            count = len(observation.received)
            sources = self._placed_before(observation, group) if group else []
            self._groups.add(index, group, None, (sources + [None] * count)[:count])
            return
        continued = self._continuations.of(index)
        if continued is None:
            newcomers: Sources = [None] * len(observation.sent)
            self._groups.add(index, self._same_root(index), None, newcomers)
            self._lockstep.add(index, newcomers)
        else:
            self._continue(index, continued)
            self._lockstep.add(index, continued.sources)

    def _continue(self, index: int, continued: Continuation) -> None:
        parent, sources, arrivals, doubt = continued
        group = self._sibling(index, parent, sources)
        if group is not None and group.parent is None:  # its members so far had only newcomers
            self._groups.adopt(group, parent)
        group = self._groups.add(index, group, parent, sources)
        group.arrivals += [arrival for arrival in arrivals if arrival not in group.arrivals]
        if doubt and doubt not in group.doubts:
            group.doubts.append(doubt)
        self._groups.go_on(parent)
        parent.confirmed |= len(indices_of(sources) & set(parent.members)) > 1

    def _sibling(self, index: int, parent: Group, sources: Sources) -> Group | None:
        """The group that a call is a part of: it goes on from the same step, with other agents."""
        observation = self._all[index]
        if observation.call.large:
            named = self._groups.named(observation.call.large)
            # No step continues itself, whatever a file says that others made.
            return None if named is self._groups.root_of(parent) else named
        if self._groups.is_all_of(inherited(sources), parent):
            return None
        first = first_of(observation, sources)
        for group in reversed(parent.children):
            if (
                not (group.went_on or group.large)
                and self._all[group.members[0]].common == observation.common
                and not self._groups.is_all_of(group.inherited, parent)
                and first not in group.firsts
            ):
                return group
        return None

    def _same_root(self, index: int) -> Group | None:
        """The group that a call without a parent is a part of the same large call with."""
        observation = self._all[index]
        if observation.call.large:
            return self._groups.named(observation.call.large)
        recent = self._groups.roots[-_LOOKED_BACK:]
        found = [group for group in recent if self._is_part(observation, group)]
        self._groups.join(found)  # parts that share no agents may each share some with a third
        return next((group for group in reversed(found) if not group.absorbed), None)

    def _is_part(self, observation: Observation, group: Group) -> bool:
        first = self._all[group.members[0]]
        if (
            group.went_on
            or group.large
            or observation.call.endpoint != first.call.endpoint
            or observation.common != first.common
            or first_of(observation, ()) in group.firsts
        ):
            return False
        if not observation.call.endpoint.is_initialize:
            return not self._groups.keys(group).isdisjoint(keys_of(observation))
        sent = set(observation.sent.states)
        return any(
            not sent.isdisjoint(self._all[member].received.states) for member in group.members
        )

    def _placed_before(self, observation: Observation, group: Group) -> list[Source | None]:
        """The agents of an ``initialize`` part that earlier parts placed: they are sent first."""
        placed: dict[int, Source] = {}
        for member in group.members:
            states = self._all[member].received.states
            placed.update(zip(states, sources_of_answer(member, len(states)), strict=True))
        return list(map(placed.get, observation.sent.states))
