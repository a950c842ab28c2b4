"""Which exchanges make one step, and which step each continues.

Exchanges are taken in the order of their requests. Each looks up who produced what it consumes; the step that most of
its agents come from is its parent. Calls that continue the same step together, each with some of its agents, are the
parts of one large call.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.lineage.fingerprint import FRESH
from iai_proxy.lineage.observe import Observation

#: (index of an observation, position in its answer)
Source = tuple[int, int]

#: Of the agents of a call without recurrent states, how many must stand where a known step left them.
_ENOUGH: Final = 0.5
#: How many producers of one fingerprint are looked at, from the latest on: a parked car stands still for hours.
_LOOKED_AT: Final = 64

_POSITION_BITS: Final = 24
_POSITION_MASK: Final = (1 << _POSITION_BITS) - 1


@dataclass(eq=False, slots=True)
class Group:
    """A step in the making.

    Attributes:
        members: indices of its observations, in the order of their requests.
        parent: the step that it continues, or None.
        sources: for each member where each of its agents comes from; None for newcomers.
        arrivals: indices of ``initialize`` observations that only lend newcomers to this step.
        went_on: whether a later call consumes its answers.
        apart: whether a member shares no agent with those before it; ``confirmed``: a later call took agents from
            several members, so that they are parts of one for certain.
    """

    members: list[int]
    parent: Group | None
    sources: dict[int, list[Source | None]]
    arrivals: list[int] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    went_on: bool = False
    apart: bool = False
    confirmed: bool = False
    absorbed: bool = False


class _Producers:
    """Who produced a fingerprint, in order. There are as many as agents times steps, so each takes one small integer.

    Nearly all fingerprints have one producer; only the others get a list.
    """

    def __init__(self) -> None:
        self._found: dict[int, int | list[int]] = {}

    def add(self, fingerprint: int, source: Source) -> None:
        """Note one more producer; it is the latest."""
        packed = source[0] << _POSITION_BITS | source[1]
        before = self._found.setdefault(fingerprint, packed)
        if isinstance(before, list):
            before.append(packed)
        elif before != packed:
            self._found[fingerprint] = [before, packed]

    def of(self, fingerprint: int) -> list[Source]:
        """Return the latest producers, in order."""
        found = self._found.get(fingerprint)
        if found is None:
            return []
        latest = [found] if isinstance(found, int) else found[-_LOOKED_AT:]
        return [(packed >> _POSITION_BITS, packed & _POSITION_MASK) for packed in latest]


class Grouping:
    """Sorts observations into groups. ``groups`` holds them in order of their first request.

    Args:
        observations: successful ``initialize`` and ``drive`` exchanges, in the order of their requests.
    """

    def __init__(self, observations: Sequence[Observation]) -> None:
        self._all = observations
        self._by_recurrent = _Producers()
        self._by_state = _Producers()
        self._of: dict[int, Group] = {}
        self._open: dict[Group | None, list[Group]] = defaultdict(list)
        self.groups: list[Group] = []
        for index in range(len(observations)):
            self._place(index)
            self._register(index)
        self.groups = [group for group in self.groups if not group.absorbed]

    def group_of(self, index: int) -> Group:
        """Return the group of an observation."""
        return self._of[index]

    def _register(self, index: int) -> None:
        """Take note of what an answer produces."""
        received = self._all[index].received
        for position, fingerprint in enumerate(received.recurrent):
            if fingerprint != FRESH:
                self._by_recurrent.add(fingerprint, (index, position))
        for position, fingerprint in enumerate(received.states):
            self._by_state.add(fingerprint, (index, position))

    def _place(self, index: int) -> None:
        observation = self._all[index]
        if "initialize" in observation.call.endpoint:
            self._place_root(index, [None] * len(observation.received), conditional=True)
            return
        candidates = self._candidates(index)
        parent, doubt = self._parent(index, candidates)
        if parent is None:
            self._place_root(index, [None] * len(observation.sent), conditional=False)
            return
        sources, arrivals = self._sources(index, candidates, parent)
        group = self._sibling(index, parent, sources)
        if group is None:
            group = self._new(index, parent)
        else:
            held = {key for member in group.members for key in self._keys(member)}
            group.apart |= held.isdisjoint(self._keys(index))
            group.members.append(index)
        group.sources[index] = sources
        group.arrivals += [arrival for arrival in arrivals if arrival not in group.arrivals]
        if doubt and doubt not in group.doubts:
            group.doubts.append(doubt)
        self._of[index] = group
        parent.went_on = True
        parent.confirmed |= len({source[0] for source in sources if source} & set(parent.members)) > 1

    def _place_root(self, index: int, sources: list[Source | None], *, conditional: bool) -> None:
        """Put an observation that continues nothing into a group of its own, or with parts of the same large call."""
        group = next((one for one in reversed(self._open[None][-16:]) if self._same_root(index, one)), None)
        if group is None:
            group = self._new(index, None)
        else:
            group.members.append(index)
        if conditional and len(group.members) > 1:
            sources = self._conditional(index, group)
        group.sources[index] = sources
        self._of[index] = group

    def _new(self, index: int, parent: Group | None) -> Group:
        group = Group([index], parent, {})
        self.groups.append(group)
        self._open[parent].append(group)
        return group

    # Who produced what this call consumes

    def _candidates(self, index: int) -> list[list[Source]]:
        """For each agent of a request, all that could have produced it."""
        observation = self._all[index]
        found = []
        for recurrent, state in zip(observation.sent.recurrent, observation.sent.states, strict=True):
            if recurrent != FRESH:
                found.append(self._earlier(index, self._by_recurrent.of(recurrent)))
            elif not observation.recurrent_given:
                found.append(self._earlier(index, self._by_state.of(state)))
            else:
                found.append([])
        return found

    def _earlier(self, index: int, sources: Sequence[Source]) -> list[Source]:
        """Those whose answer was there before the request; all before it where clocks can't tell (imported logs)."""
        begun = self._all[index].call.started_ns
        return [one for one in sources if self._all[one[0]].call.ended_ns <= begun] or list(sources)

    def _parent(self, index: int, candidates: Sequence[list[Source]]) -> tuple[Group | None, str | None]:
        """The step that a call continues, and what is doubtful about that."""
        votes: Counter[Group] = Counter()
        for sources in candidates:
            votes.update({self._of[source[0]] for source in sources})
        if not votes or (not self._all[index].recurrent_given and max(votes.values()) < _ENOUGH * len(candidates)):
            return None, None
        if len(votes) > 1:
            self._join_voted(candidates)
            votes = self._recount(candidates)
        connection = self._all[index].call.connection

        def preference(group: Group) -> tuple[object, ...]:
            inherits = group.parent is not None or "initialize" not in self._all[group.members[0]].call.endpoint
            same = any(self._all[member].call.connection == connection for member in group.members)
            return inherits, votes[group], same, not group.went_on, max(group.members)

        ranked = sorted(votes, key=preference, reverse=True)
        best = ranked[0]
        doubt = None
        if len(ranked) > 1 and preference(ranked[1])[:3] == preference(best)[:3]:
            doubt = "two steps hold the same answers to the last bit; the one not gone on with, or the later, was taken"
        return best, doubt

    def _recount(self, candidates: Sequence[list[Source]]) -> Counter[Group]:
        votes: Counter[Group] = Counter()
        for sources in candidates:
            votes.update({self._of[source[0]] for source in sources})
        return votes

    def _sources(
        self, index: int, candidates: Sequence[list[Source]], parent: Group
    ) -> tuple[list[Source | None], list[int]]:
        """Where each agent of a call comes from: its parent, or an ``initialize`` that only lends it."""
        observation = self._all[index]
        arrivals: list[int] = []
        chosen: list[Source | None] = []
        for sources in candidates:
            inherited = [source for source in sources if self._of[source[0]] is parent]
            lent = [source for source in sources if self._is_lender(source[0], parent)]
            chosen.append(inherited[-1] if inherited else lent[-1] if lent else None)
            if not inherited and lent:
                arrivals.append(lent[-1][0])
                self._absorb(lent[-1][0])
        taken = {source for source in chosen if source}
        by_state = {
            fingerprint: (member, position)
            for member in parent.members
            for position, fingerprint in enumerate(self._all[member].received.states)
            if (member, position) not in taken
        }
        for position, source in enumerate(chosen):
            if source is None:  # null or zeros, or tampered with: its state may still be the one it was given
                chosen[position] = by_state.get(observation.sent.states[position])
        return chosen, arrivals

    def _is_lender(self, index: int, parent: Group) -> bool:
        group = self._of[index]
        return group is not parent and group.parent is None and "initialize" in self._all[index].call.endpoint

    def _absorb(self, index: int) -> None:
        """An ``initialize`` that only lends agents to a running simulation is none of its own."""
        group = self._of[index]
        if not group.went_on and group.members == [index]:
            group.absorbed = True

    # Which calls are parts of one

    def _join_voted(self, candidates: Sequence[list[Source]]) -> None:
        """Steps that one call takes agents from are one step, as far as that can be.

        Each must give agents that the other can't: two runs that are equal to the last bit are alternatives, not parts.
        """
        given: defaultdict[Group, set[int]] = defaultdict(set)
        for position, sources in enumerate(candidates):
            for source in sources:
                given[self._of[source[0]]].add(position)
        first, *others = sorted(given, key=lambda group: group.members[0])
        for other in others:
            if given[other] - given[first] and given[first] - given[other] and self._can_join(first, other):
                self._join(first, other)
                given[first] |= given[other]

    def _can_join(self, one: Group, other: Group) -> bool:
        while one is not other:
            if self._all[one.members[0]].location != self._all[other.members[0]].location:
                return False
            if (one.parent is None) != (other.parent is None):
                return False
            endpoints = {self._all[group.members[0]].call.endpoint for group in (one, other)}
            if len(endpoints) > 1 or self._covers_the_same(one, other):
                return False
            if "drive" in endpoints and self._all[one.members[0]].common != self._all[other.members[0]].common:
                return False
            if one.parent is None or other.parent is None:
                return not (one.went_on and other.went_on) or "initialize" in endpoints
            one, other = one.parent, other.parent
        return True

    def _covers_the_same(self, one: Group, other: Group) -> bool:
        """Two that begin with the same agent are two answers for it, not two parts of one."""
        firsts = {self._first(member) for member in one.members}
        return bool(firsts & {self._first(member) for member in other.members} - {None})

    def _first(self, index: int) -> object:
        observation = self._all[index]
        if "initialize" in observation.call.endpoint:
            return observation.center and (observation.center, observation.call.request_hash)
        if not len(observation.sent):
            return None
        return observation.sent.recurrent[0] or observation.sent.states[0]

    def _join(self, one: Group, other: Group) -> None:
        """Make two groups one, and their parents too."""
        if one is other:
            return
        if one.parent is not None and other.parent is not None:
            self._join(one.parent, other.parent)
        one.members = sorted({*one.members, *other.members})
        one.sources.update(other.sources)
        one.arrivals += other.arrivals
        one.doubts += other.doubts
        one.went_on |= other.went_on
        one.confirmed = True  # joined since one call took agents from both
        other.absorbed = True
        for member in other.members:
            self._of[member] = one
        for group in self._open.pop(other, []):
            group.parent = one
            self._open[one].append(group)
        siblings = self._open[one.parent]
        if other in siblings:
            siblings.remove(other)

    def _sibling(self, index: int, parent: Group, sources: Sequence[Source | None]) -> Group | None:
        """The group of parts that a call belongs to, if it is a part: see the module's docstring."""
        whole = self._size(parent)
        if self._inherited(sources) >= whole:
            return None
        for group in reversed(self._open[parent]):
            first = self._all[group.members[0]]
            if (
                not group.went_on
                and first.common == self._all[index].common
                and all(self._inherited(group.sources[member]) < whole for member in group.members)
                and self._first(index) not in {self._first(member) for member in group.members}
            ):
                return group
        return None

    def _inherited(self, sources: Sequence[Source | None]) -> int:
        return sum(source is not None for source in sources)

    def _size(self, group: Group) -> int:
        """How many different agents a step has, at the most."""
        if "initialize" in self._all[group.members[0]].call.endpoint:
            return sum(source is None for member in group.members for source in group.sources[member])
        return len({key for member in group.members for key in self._keys(member)})

    def _same_root(self, index: int, group: Group) -> bool:
        """Whether a call without a parent is a part of the same large call as a group without one."""
        observation, first = self._all[index], self._all[group.members[0]]
        if (
            group.went_on
            or group.parent is not None
            or observation.call.endpoint != first.call.endpoint
            or observation.common != first.common
            or self._first(index) in {self._first(member) for member in group.members}
        ):
            return False
        if "initialize" in observation.call.endpoint:
            placed = {state for member in group.members for state in self._all[member].received.states}
        else:
            placed = {key for member in group.members for key in self._keys(member)}
        return not placed.isdisjoint(self._keys(index))

    def _keys(self, index: int) -> set[int]:
        sent = self._all[index].sent
        if "initialize" in self._all[index].call.endpoint:
            return set(sent.states)
        return {recurrent or state for recurrent, state in zip(sent.recurrent, sent.states, strict=True)}

    def _conditional(self, index: int, group: Group) -> list[Source | None]:
        """Of an ``initialize`` part, which agents earlier parts had placed: they are sent along, first."""
        placed = {
            state: (member, position)
            for member in group.members
            if member != index
            for position, state in enumerate(self._all[member].received.states)
        }
        observation = self._all[index]
        sources: list[Source | None] = [placed.get(state) for state in observation.sent.states]
        return (sources + [None] * len(observation.received))[: len(observation.received)]
