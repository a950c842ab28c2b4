"""Simulations that step together: are they the parts of one large call?

Regions far apart share no agents, so each of them seems to be a simulation of its own. But the SDK
divides all agents at once. Where it cuts one of them in a way in which it would not have divided
its agents alone, and all of them together give just these calls, they are certainly one simulation.
Independent runs of the SDK are never cut so. Where none is cut, nothing says which it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.lineage.groups import Group, Groups, division_of_calls, first_of
from iai_proxy.lineage.observe import Observation
from iai_proxy.lineage.sources import Sources, indices_of

_NONE: Final[AbstractSet[object]] = frozenset()


@dataclass(eq=False, slots=True)
class Batch:
    """Calls of which none continues another, and that have all in common but their agents.

    Attributes:
        members: indices of their observations.
        firsts: what each begins with; forgotten when it is settled.
        settled: whether it was decided what they are parts of; then it gets no new members.
    """

    members: list[int] = field(default_factory=list)
    firsts: AbstractSet[object] = field(default_factory=set)
    settled: bool = False


class Lockstep:
    """Joins simulations that are parts of one.

    Args:
        observations: in the order of their requests.
        groups: what those before have been placed in.
    """

    def __init__(self, observations: Sequence[Observation], groups: Groups) -> None:
        self._all = observations
        self._groups = groups
        self._open: dict[bytes, Batch] = {}
        self._batches: list[Batch] = []
        self._batch_of: dict[int, Batch] = {}

    def add(self, index: int, sources: Sources) -> None:
        """Take note of a ``drive`` that was placed."""
        observation = self._all[index]
        first = first_of(observation, sources)
        batch = self._open.get(observation.common)
        continues_later = batch is not None and batch.members[0] < max(
            indices_of(sources), default=-1
        )
        if batch is None or batch.settled or continues_later or first in batch.firsts:
            if batch is not None:
                self._settle(batch)
            batch = self._open[observation.common] = Batch()
            self._batches.append(batch)
        batch.members.append(index)
        batch.firsts |= {first}
        self._batch_of[index] = batch

    def settle(self, indices: Iterable[int]) -> None:
        """Decide what the calls are parts of that are gone on with; a later call can't be any."""
        for index in indices:
            batch = self._batch_of.get(index)
            if batch is not None and not batch.settled:
                self._settle(batch)

    def settle_all(self) -> None:
        """Decide about all that is left, at the end."""
        for batch in self._open.values():
            if not batch.settled:
                self._settle(batch)

    def join(self, group: Group, other: Group) -> bool:
        """Join two steps that a call takes agents from, with all others that they need.

        Returns:
            Whether they are joined.
        """
        batch = self._batch_of.get(group.members[0])
        if batch is None or self._batch_of.get(other.members[0]) is not batch:
            return False
        units = self._units(batch.members)
        return self._is_divided(batch.members) and self._join(units, units)

    def alternatives(self) -> Iterator[list[Group]]:
        """The beginnings of simulations that may be the parts of one, though nothing proves it."""
        stepping: defaultdict[frozenset[Group], list[Batch]] = defaultdict(list)
        for batch in self._batches:
            stepping[frozenset(map(self._root, batch.members))].append(batch)
        met = Counter(root for roots in stepping for root in roots)
        for roots, batches in stepping.items():
            if (
                len(roots) > 1
                and all(met[root] == 1 for root in roots)  # they keep step to the end
                and self._are_begun_together(roots)
                and all(self._is_divided(batch.members) for batch in batches)
            ):
                yield sorted(roots, key=lambda root: root.members[0])

    def _settle(self, batch: Batch) -> None:
        batch.settled = True
        batch.firsts = _NONE
        units = self._units(batch.members)
        if len(units) < 2:
            return
        cut = [unit for unit in units if not self._is_divided(unit)]
        if cut and self._is_divided(batch.members):
            self._join(units, cut)

    def _units(self, members: Iterable[int]) -> list[list[int]]:
        """Calls by the step that they continue, or by the beginning that they are."""
        units: dict[Group, list[int]] = {}
        for member in members:
            group = self._groups.of[member]
            units.setdefault(group.parent or group, []).append(member)
        return list(units.values())

    def _join(self, units: Sequence[list[int]], cut: Collection[list[int]]) -> bool:
        members = self._belonging(units, cut)
        groups = list(dict.fromkeys(self._groups.of[member] for member in members))
        if not self._are_joinable(groups):
            return False
        self._groups.make_one(groups)
        return True

    def _belonging(self, units: Sequence[list[int]], cut: Collection[list[int]]) -> list[int]:
        """Calls without which there is no such division, and those that began with them.

        A run that is far inside of a large one, and keeps step with it, changes nothing in how that
        is divided.
        """
        everything = [member for unit in units for member in unit]
        needed = [
            unit
            for unit in units
            if unit in cut
            or not self._is_divided([member for member in everything if member not in set(unit)])
        ]
        begun = {self._connection(unit) for unit in needed}
        kept = [unit for unit in units if unit in needed or self._connection(unit) in begun]
        members = [member for unit in kept for member in unit]
        return members if self._is_divided(members) else everything

    def _are_joinable(self, groups: Sequence[Group]) -> bool:
        """Whether groups may be parts of one step, and their parents too, up to the beginning."""
        while len(groups) > 1:
            first, *others = groups
            if not all(self._groups.are_alike(first, other) for other in others):
                return False
            parents = list(dict.fromkeys(group.parent for group in groups))
            groups = [parent for parent in parents if parent is not None]
            if len(groups) < len(parents):
                return not groups
            members = [member for group in groups for member in group.members]
            if not (self._groups.is_initialize(groups[0]) or self._is_divided(members)):
                return False
        return True

    def _is_divided(self, members: Iterable[int]) -> bool:
        """Whether the SDK's division makes just these calls of their agents."""
        sent = [self._all[member].sent for member in sorted(members)]
        return len(sent) == 1 or division_of_calls(sent) is not None

    def _root(self, index: int) -> Group:
        return self._groups.root_of(self._groups.of[index])

    def _connection(self, members: Sequence[int]) -> str:
        """The connection that a simulation began over."""
        return self._all[self._root(members[0]).members[0]].call.connection

    def _are_begun_together(self, roots: Iterable[Group]) -> bool:
        """Whether they are regions that were filled one after another, over one connection."""
        members = [self._all[member] for root in roots for member in root.members]
        return (
            all(self._groups.is_initialize(root) and not root.large for root in roots)
            and len({(seen.call.connection, seen.common) for seen in members}) == 1
            and all(seen.center is not None for seen in members)
        )
