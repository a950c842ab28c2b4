"""What a call continues: for each of its agents the answer that it comes from.

Nearly always there is nothing to decide: a call goes on with one answer as it is, or each of its
agents has one producer and all are of one step. Rules are needed only where agents have several
producers, or producers of several steps.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

from iai_proxy.lineage.groups import Group, Groups, division_of_calls, inherited
from iai_proxy.lineage.lockstep import Lockstep
from iai_proxy.lineage.observe import Observation, sends_back
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
    sources_of_answer,
)

#: The share of a call's agents that must stand where a known step left them, if the call has no
#: recurrent states.
_ENOUGH: Final = 0.5

_EQUAL: Final = (
    "two steps hold the same answers to the last bit; "
    "the one not gone on with, or the later, was taken. "
    "Give each run a random_seed of its own to tell them apart"
)


class Continuation(NamedTuple):
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


class Continuations:
    """Finds what each call continues, among the calls before it.

    Args:
        observations: in the order of their requests.
        groups: what those before have been placed in.
        lockstep: finds the simulations that are parts of one.
    """

    def __init__(
        self, observations: Sequence[Observation], groups: Groups, lockstep: Lockstep
    ) -> None:
        self._all = observations
        self._groups = groups
        self._lockstep = lockstep
        self._by_recurrent = Producers(self._answered_recurrent)
        self._by_state = Producers(lambda index: observations[index].received.states)
        self._answers = Answers(self._answered_recurrent, self._by_recurrent)

    def add(self, index: int) -> None:
        """Let an answer be continued from now on, when its call has been placed."""
        self._answers.add(index)

    def of(self, index: int) -> Continuation | None:
        """Return what a ``drive`` call continues; None for one that begins a simulation."""
        sent = self._all[index].sent
        answer = self._answers.of(sent.recurrent)
        if answer is not None:
            self._lockstep.settle([answer])
            return Continuation(self._groups.of[answer], sources_of_answer(answer, len(sent)))
        producers = self._producers(index)
        self._lockstep.settle({index_of(found) for found in chain(*map(_as_list, producers))})
        if not has_rivals(producers):
            sources: list[Source | None] = [
                producer for producer in producers if not isinstance(producer, list)
            ]
            groups = {self._groups.of[producer] for producer in indices_of(sources)}
            if len(groups) <= 1:
                return self._from_one(index, groups, sources)
        return self._from_several(index, list(map(_as_list, producers)))

    def is_as_answered(self, index: int) -> bool:
        """Tell whether a call sends all of one answer's states and recurrent states, in order."""
        sent = self._all[index].sent
        answer = self._answers.of(sent.recurrent)
        if answer is None:
            return False
        answered = self._all[answer]
        return sends_back(self._all[index], answered) or answered.received.states == sent.states

    def by_recurrent(self, index: int) -> list[list[Source]]:
        """Return for each agent of a request all who may have produced its recurrent state."""
        found = self._by_recurrent.before(index, self._all[index].sent.recurrent)
        return list(map(_as_list, found))

    def by_state(self, index: int) -> list[list[Source]]:
        """Return for each agent of a request all who may have produced its state."""
        found = self._by_state.before(index, self._all[index].sent.states)
        return list(map(_as_list, found))

    def _answered_recurrent(self, index: int) -> array[int]:
        return self._all[index].received.recurrent

    def _producers(self, index: int) -> list[Source | list[Source] | None]:
        """For each agent of a request, who produced it; a list where several may have."""
        observation = self._all[index]
        sent = observation.sent
        found = self._by_recurrent.before(index, sent.recurrent)
        if observation.recurrent_given and not has_rivals(found):
            return found
        by_state = self._by_state.before(index, sent.states)
        if not observation.recurrent_given:
            return by_state
        return list(map(self._narrowed, sent.recurrent, found, by_state))

    def _narrowed(
        self,
        recurrent: int,
        found: Source | list[Source] | None,
        by_state: Source | list[Source] | None,
    ) -> Source | list[Source] | None:
        """Of several producers of a recurrent state, those who answered the state with it.

        A recurrent state that several agents were answered says of none who it is.
        """
        if not isinstance(found, list):
            return found
        both = [
            producer
            for producer in _as_list(by_state)
            if self._all[index_of(producer)].received.recurrent[position_of(producer)] == recurrent
        ]
        return both[0] if len(both) == 1 else both or found

    # All agents come from one step.

    def _from_one(
        self, index: int, groups: Iterable[Group], sources: list[Source | None]
    ) -> Continuation | None:
        parent = next(iter(groups), None)
        if parent is None or not self._is_enough(index, inherited(sources)):
            return None
        return Continuation(parent, self._compact(self._recognized(index, parent, sources)))

    def _is_enough(self, index: int, count: int) -> bool:
        """Whether ``count`` agents that stand where a step left them make a call continue it."""
        observation = self._all[index]
        return observation.recurrent_given or count >= _ENOUGH * len(observation.sent)

    def _compact(self, sources: list[Source | None]) -> Sources:
        """Return a range where the sources are all of one answer, in its order."""
        first = sources[0]
        if first is None or sources[-1] != first + len(sources) - 1:
            return sources
        answer = index_of(first)
        whole = sources_of_answer(answer, len(self._all[answer].received))
        return whole if sources == list(whole) else sources

    # Agents come from several steps, or may.

    def _from_several(self, index: int, candidates: Sequence[list[Source]]) -> Continuation | None:
        parent, doubt = self._parent(index, candidates)
        if parent is None:
            return None
        arrivals: list[int] = []
        chosen: list[Source | None] = []
        for sources in candidates:
            given = [found for found in sources if self._groups.of[index_of(found)] is parent]
            lent = [found for found in sources if self._is_lender(index_of(found), parent)]
            chosen.append(self._only(given) if given else lent[-1] if lent else None)
            if not given and lent:
                arrivals.append(index_of(lent[-1]))
                self._absorb(index_of(lent[-1]))
        return Continuation(parent, self._recognized(index, parent, chosen), arrivals, doubt)

    def _only(self, given: Sequence[Source]) -> Source | None:
        """The agent of a step that these are; None if several agents were answered alike.

        Parts of one call send an agent alike. A part may also be given it as another has placed it:
        then they answer it in the same state.
        """
        if len(given) > 1:
            answered = {
                self._all[index_of(found)].received.states[position_of(found)] for found in given
            }
            sent = {self._sent(found) for found in given}
            if len(answered) > 1 and (len(sent) > 1 or None in sent):
                return None
        return given[-1]

    def _sent(self, found: Source) -> tuple[int, int] | None:
        """What an agent was sent with to be answered so; None for one that was not sent."""
        sent, position = self._all[index_of(found)].sent, position_of(found)
        if position >= len(sent):
            return None
        return sent.recurrent[position], sent.states[position]

    def _parent(
        self, index: int, candidates: Sequence[list[Source]]
    ) -> tuple[Group | None, str | None]:
        """The step that a call continues, and what is doubtful about that."""
        votes = self._votes(index, candidates)
        if not votes or not self._is_enough(index, max(votes.values())):
            return None, None
        if len(votes) > 1:
            self._groups.join_voted(index, candidates, self._lockstep.join)
            votes = self._votes(index, candidates)
        connection = self._all[index].call.connection
        lenders = self._lenders(votes)

        def preference(group: Group) -> tuple[object, ...]:
            same = any(self._all[member].call.connection == connection for member in group.members)
            return group not in lenders, votes[group], same, not group.went_on, max(group.members)

        ranked = sorted(votes, key=preference, reverse=True)
        doubtful = len(ranked) > 1 and preference(ranked[1])[:3] == preference(ranked[0])[:3]
        return ranked[0], _EQUAL if doubtful else None

    def _lenders(self, groups: Collection[Group]) -> set[Group]:
        """Those that lend newcomers at most, if others are known that agents can come from.

        They are ``initialize`` calls that no other of the groups goes back to.
        """
        roots = {self._groups.root_of(group) for group in groups if group.parent is not None}
        return {
            group
            for group in groups
            if group.parent is None and self._groups.is_initialize(group) and group not in roots
        }

    def _votes(self, index: int, candidates: Sequence[list[Source]]) -> Counter[Group]:
        """How many of a call's agents each step may have answered."""
        votes: Counter[Group] = Counter()
        for sources in candidates:
            votes.update({self._groups.of[index_of(found)] for found in sources})
        for group in [group for group in votes if group.parent in votes]:
            if not group.went_on and self._lacks(group, index, candidates):
                del votes[group]
        return votes

    def _lacks(self, group: Group, index: int, candidates: Sequence[list[Source]]) -> bool:
        """Whether a call rather is a part of a step than continues it.

        Agents that stand still are answered what they were sent. So a part may seem to continue
        those before it that were sent the same. But a step that is whole is continued: a call of it
        begins alike, or the SDK's division makes just its calls.
        """
        for position, sources in enumerate(candidates):
            sent = self._sent(source(index, position))
            ours = [found for found in sources if self._groups.of[index_of(found)] is group]
            if len(sources) > 1:  # a recurrent state that many were answered tells nothing
                ours = [found for found in ours if self._is_answered(found, index, position)]
            if any(self._sent(found) != sent for found in ours):
                return False
        if group.parent and self._groups.is_all_of(group.inherited, group.parent):
            return False
        parts = [self._all[member].sent for member in group.members]
        first = self._all[index].sent.states[0]
        return not any(part.states[0] == first for part in parts) and not division_of_calls(parts)

    def _is_answered(self, found: Source, index: int, position: int) -> bool:
        """Whether an agent of a request has the state that was answered there."""
        answered = self._all[index_of(found)].received.states[position_of(found)]
        return answered == self._all[index].sent.states[position]

    def _is_lender(self, index: int, parent: Group) -> bool:
        """Whether it is an ``initialize`` that lends newcomers to another simulation."""
        group = self._groups.of[index]
        return (
            self._all[index].call.endpoint.is_initialize
            and group.parent is None
            and self._groups.root_of(parent) is not group
        )

    def _absorb(self, index: int) -> None:
        """An ``initialize`` that only lends agents to a running simulation begins none."""
        group = self._groups.of[index]
        if not group.went_on and group.members == [index]:
            group.absorbed = True

    # Agents whose recurrent states don't say who they are.

    def _recognized(
        self, index: int, parent: Group, chosen: list[Source | None]
    ) -> list[Source | None]:
        """Find agents without a known recurrent state by their states, if those were answered."""
        chosen = self._unique(index, chosen)
        if None not in chosen:
            return chosen
        states = self._all[index].sent.states
        wanted = {state for state, found in zip(states, chosen, strict=True) if found is None}
        answers = {member: self._all[member].received.states for member in parent.members}
        if all(wanted.isdisjoint(answered) for answered in answers.values()):
            return chosen
        taken = set(chosen)
        by_state = {
            state: found
            for member, answered in answers.items()
            for position, state in enumerate(answered)
            if (found := source(member, position)) not in taken
        }
        return [
            by_state.get(state) if found is None else found
            for state, found in zip(states, chosen, strict=True)
        ]

    def _unique(self, index: int, chosen: list[Source | None]) -> list[Source | None]:
        """Where a client has copied a recurrent state, give it to the agent that stands there."""
        counts = Counter(found for found in chosen if found is not None)
        if len(counts) == counts.total():
            return chosen
        states = self._all[index].sent.states
        first: dict[Source, int] = {}
        standing: dict[Source, int] = {}
        for position, found in enumerate(chosen):
            if found is not None and counts[found] > 1:
                first.setdefault(found, position)
                answered = self._all[index_of(found)].received.states
                if answered[position_of(found)] == states[position]:
                    standing.setdefault(found, position)
        holders = first | standing
        return [
            found if found is None or holders.get(found, position) == position else None
            for position, found in enumerate(chosen)
        ]


def _as_list(found: Source | list[Source] | None) -> list[Source]:
    if isinstance(found, list):
        return found
    return [] if found is None else [found]
