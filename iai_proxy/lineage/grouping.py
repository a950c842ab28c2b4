"""Which exchanges make one step, and which step each continues.

Exchanges are taken in the order of their requests. Each looks up who produced what it consumes; the
step that most of its agents come from is its parent. Calls that continue the same step together,
each with some of its agents, are the parts of one large call.

Nearly always there is nothing to decide: a call goes on with one whole answer as it is, or each of
its agents has one producer and all are of one step. Rules are asked only where agents have several
producers, or producers of several steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from iai_proxy.lineage.fingerprint import FRESH
from iai_proxy.lineage.groups import Group, Groups, first_of, inherited, keys_of
from iai_proxy.lineage.observe import Observation
from iai_proxy.lineage.restoring import Restorer
from iai_proxy.lineage.sources import (
    Answers,
    Producers,
    Source,
    Sources,
    has_rivals,
    index_of,
    indices_of,
    position_of,
    source,
    whole_answer,
)

#: Of the agents of a call without recurrent states, how many must stand where a known step left
#: them.
_ENOUGH: Final = 0.5
#: How many groups without a parent a part of a large ``initialize`` is compared with.
_LOOKED_BACK: Final = 16

_EQUAL: Final = "two steps hold the same answers to the last bit; the one not gone on with, or the later, was taken"


class _Continued(NamedTuple):
    """What a call continues.

    Attributes:
        sources: where each of its agents comes from: the parent, or an ``initialize`` that only
            lends it.
        arrivals: indices of such ``initialize`` observations.
    """

    parent: Group
    sources: Sources
    arrivals: Sequence[int] = ()
    doubt: str | None = None


class Grouping:
    """Sorts observations into groups. ``groups`` holds them in order of their first request.

    Args:
        observations: successful ``initialize`` and ``drive`` exchanges, in the order of their
            requests.
    """

    def __init__(
        self, observations: Iterable[Observation], kept: Collection[int] | None = None
    ) -> None:
        self._all = self.observations = list(observations)
        recurrent = [one.received.recurrent for one in self._all]
        self._answers = Answers(recurrent)
        self._by_recurrent = Producers(recurrent)
        self._by_state = Producers([one.received.states for one in self._all])
        self._groups = Groups(self._all)
        restorer = Restorer(
            self._all, self._groups, self._recurrent_producers, self._state_producers
        )
        for index in range(len(self._all)):
            if kept is not None and self._may_be_spoilt(index, kept):
                self._all[index] = restorer.restored(index)
            self._place(index)
            self._answers.add(index)
        self.groups: list[Group] = [group for group in self._groups.made if not group.absorbed]

    def _may_be_spoilt(self, index: int, kept: Collection[int]) -> bool:
        observation = self._all[index]
        if "drive" not in observation.call.endpoint or observation.call.id in kept:
            return False
        whole = self._answers.of(observation.sent.recurrent)
        return whole is None or self._all[whole].received.states != observation.sent.states

    def _recurrent_producers(self, index: int) -> list[list[Source]]:
        found = self._by_recurrent.before(index, self._all[index].sent.recurrent)
        return [self._earlier(index, one) for one in found]

    def _state_producers(self, index: int) -> list[list[Source]]:
        found = self._by_state.before(index, self._all[index].sent.states)
        return [self._earlier(index, one) for one in found]

    def _place(self, index: int) -> None:
        observation = self._all[index]
        if observation.call.endpoint.is_initialize:
            group = self._same_root(index)
            count = len(observation.received)
            sources = self._conditional(observation, group) if group else []
            self._groups.add(index, group, None, (sources + [None] * count)[:count])
            return
        continued = self._continued(index)
        if continued is None:
            self._groups.add(index, self._same_root(index), None, [None] * len(observation.sent))
        else:
            self._continue(index, continued)

    def _continue(self, index: int, continued: _Continued) -> None:
        parent, sources, arrivals, doubt = continued
        group = self._sibling(index, parent, sources)
        if group is not None:
            group.apart |= self._groups.keys(group).isdisjoint(keys_of(self._all[index]))
            if group.parent is None:  # its members so far had only newcomers
                self._groups.adopt(group, parent)
        group = self._groups.add(index, group, parent, sources)
        group.arrivals += [arrival for arrival in arrivals if arrival not in group.arrivals]
        if doubt and doubt not in group.doubts:
            group.doubts.append(doubt)
        self._groups.go_on(parent)
        parent.confirmed |= len(indices_of(sources) & set(parent.members)) > 1

    # Who produced what a call consumes

    def _continued(self, index: int) -> _Continued | None:
        """What a call continues; None for one that begins a simulation."""
        sent = self._all[index].sent
        whole = self._answers.of(sent.recurrent)
        if whole is not None:
            return _Continued(self._groups.of[whole], whole_answer(whole, len(sent)))
        found = self._producers(index)
        if not has_rivals(found):
            sources: list[Source | None] = [one for one in found if not isinstance(one, list)]
            groups = {self._groups.of[one] for one in indices_of(sources)}
            if len(groups) <= 1:
                return self._from_one(index, groups, sources)
        return self._from_several(index, [self._earlier(index, one) for one in found])

    def _producers(self, index: int) -> list[Source | list[Source] | None]:
        """For each agent of a request, who produced it; all that could have where they are several."""
        observation = self._all[index]
        found = self._by_recurrent.before(index, observation.sent.recurrent)
        if observation.recurrent_given:
            return found
        by_state = self._by_state.before(index, observation.sent.states)
        return [
            placed if recurrent == FRESH else one
            for recurrent, one, placed in zip(
                observation.sent.recurrent, found, by_state, strict=True
            )
        ]

    def _from_one(
        self, index: int, groups: Iterable[Group], sources: list[Source | None]
    ) -> _Continued | None:
        """All agents that have a producer have just one, and all of these are of one group, if there are any."""
        parent = next(iter(groups), None)
        if parent is None or not self._is_enough(index, inherited(sources)):
            return None
        return _Continued(parent, self._compact(self._recognized(index, parent, sources)))

    def _compact(self, sources: list[Source | None]) -> Sources:
        """A whole answer as the range that it is."""
        first = sources[0]
        if first is None or sources[-1] != first + len(sources) - 1:
            return sources
        whole = whole_answer(index_of(first), len(self._all[index_of(first)].received))
        return whole if sources == list(whole) else sources

    def _from_several(self, index: int, candidates: Sequence[list[Source]]) -> _Continued | None:
        """Each agent may have several producers, and these may be of several groups."""
        parent, doubt = self._parent(index, candidates)
        if parent is None:
            return None
        arrivals: list[int] = []
        chosen: list[Source | None] = []
        for sources in candidates:
            given = [one for one in sources if self._groups.of[index_of(one)] is parent]
            lent = [one for one in sources if self._is_lender(index_of(one), parent)]
            chosen.append(given[-1] if given else lent[-1] if lent else None)
            if not given and lent:
                arrivals.append(index_of(lent[-1]))
                self._absorb(index_of(lent[-1]))
        return _Continued(parent, self._recognized(index, parent, chosen), arrivals, doubt)

    def _earlier(self, index: int, found: Source | list[Source] | None) -> list[Source]:
        """Those whose answer was there before the request; all before it where clocks can't tell (imported logs)."""
        if not isinstance(found, list):
            return [] if found is None else [found]
        begun = self._all[index].call.started_ns
        return [one for one in found if self._all[index_of(one)].call.ended_ns <= begun] or found

    def _is_enough(self, index: int, count: int) -> bool:
        """Whether so many agents that stand where a step left them make a call continue it."""
        observation = self._all[index]
        return observation.recurrent_given or count >= _ENOUGH * len(observation.sent)

    def _parent(
        self, index: int, candidates: Sequence[list[Source]]
    ) -> tuple[Group | None, str | None]:
        """The step that a call continues, and what is doubtful about that."""
        votes = self._votes(candidates)
        if not votes or not self._is_enough(index, max(votes.values())):
            return None, None
        if len(votes) > 1:
            self._groups.join_voted(candidates)
            votes = self._votes(candidates)
        connection = self._all[index].call.connection

        def preference(group: Group) -> tuple[object, ...]:
            inherits = group.parent is not None or not self._groups.is_initialize(group)
            same = any(self._all[member].call.connection == connection for member in group.members)
            return inherits, votes[group], same, not group.went_on, max(group.members)

        ranked = sorted(votes, key=preference, reverse=True)
        doubtful = len(ranked) > 1 and preference(ranked[1])[:3] == preference(ranked[0])[:3]
        return ranked[0], _EQUAL if doubtful else None

    def _votes(self, candidates: Sequence[list[Source]]) -> Counter[Group]:
        votes: Counter[Group] = Counter()
        for sources in candidates:
            votes.update({self._groups.of[index_of(one)] for one in sources})
        return votes

    def _is_lender(self, index: int, parent: Group) -> bool:
        group = self._groups.of[index]
        return (
            group is not parent
            and group.parent is None
            and self._all[index].call.endpoint.is_initialize
        )

    def _absorb(self, index: int) -> None:
        """An ``initialize`` that only lends agents to a running simulation is none of its own."""
        group = self._groups.of[index]
        if not group.went_on and group.members == [index]:
            group.absorbed = True

    def _recognized(
        self, index: int, parent: Group, chosen: list[Source | None]
    ) -> list[Source | None]:
        """Agents with null or zeros, or tampered with: their states may still be those that they were given."""
        chosen = self._once(index, chosen)
        states = self._all[index].sent.states
        wanted = (
            {states[position] for position, one in enumerate(chosen) if one is None}
            if None in chosen
            else set()
        )
        if not wanted or all(
            wanted.isdisjoint(self._all[member].received.states) for member in parent.members
        ):
            return chosen
        taken = set(chosen)
        by_state = {
            fingerprint: one
            for member in parent.members
            for position, fingerprint in enumerate(self._all[member].received.states)
            if (one := source(member, position)) not in taken
        }
        return [
            by_state.get(states[position]) if one is None else one
            for position, one in enumerate(chosen)
        ]

    def _once(self, index: int, chosen: list[Source | None]) -> list[Source | None]:
        """One agent once: where a client has copied a recurrent state, it is that of the agent that stands there."""
        found = Counter(one for one in chosen if one is not None)
        if len(found) == found.total():
            return chosen
        states = self._all[index].sent.states
        first: dict[Source, int] = {}
        standing: dict[Source, int] = {}
        for position, one in enumerate(chosen):
            if one is not None and found[one] > 1:
                first.setdefault(one, position)
                if self._all[index_of(one)].received.states[position_of(one)] == states[position]:
                    standing.setdefault(one, position)
        holders = first | standing
        return [
            one if one is None or holders.get(one, at) == at else None
            for at, one in enumerate(chosen)
        ]

    # Which calls are parts of one

    def _sibling(self, index: int, parent: Group, sources: Sources) -> Group | None:
        """The group of parts that a call belongs to, if it is a part: see the module's docstring."""
        if self._all[index].call.large:
            return self._groups.named(self._all[index].call.large)
        if self._groups.is_all_of(inherited(sources), parent):
            return None
        common, first = self._all[index].common, first_of(self._all[index])
        for group in reversed(parent.children):
            if (
                not (group.went_on or group.large)
                and self._all[group.members[0]].common == common
                and not self._groups.is_all_of(group.inherited, parent)
                and first not in group.firsts
            ):
                return group
        return None

    def _same_root(self, index: int) -> Group | None:
        """The group that a call without a parent is a part of the same large call with."""
        if self._all[index].call.large:
            return self._groups.named(self._all[index].call.large)
        recent = self._groups.roots[-_LOOKED_BACK:]
        found = [group for group in recent if self._is_part(self._all[index], group)]
        if not self._all[index].call.endpoint.is_initialize:
            self._groups.join(
                found
            )  # two parts that share no agents may each share some with a third
        return next((group for group in reversed(found) if not group.absorbed), None)

    def _is_part(self, observation: Observation, group: Group) -> bool:
        first = self._all[group.members[0]]
        if (
            group.went_on
            or group.large
            or observation.call.endpoint != first.call.endpoint
            or observation.common != first.common
            or first_of(observation) in group.firsts
        ):
            return False
        if not observation.call.endpoint.is_initialize:
            return not self._groups.keys(group).isdisjoint(keys_of(observation))
        sent = set(observation.sent.states)
        return any(
            not sent.isdisjoint(self._all[member].received.states) for member in group.members
        )

    def _conditional(self, observation: Observation, group: Group) -> list[Source | None]:
        """Of an ``initialize`` part, which agents earlier parts had placed: they are sent along, first."""
        placed: dict[int, Source] = {}
        for member in group.members:
            states = self._all[member].received.states
            placed.update(zip(states, whole_answer(member, len(states)), strict=True))
        return list(map(placed.get, observation.sent.states))
