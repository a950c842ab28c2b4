"""A policy of building: recurrent states that a client has spoilt are read as those it was given.

Lineage goes by recurrent states. A client that sends wrong ones tears its steps apart, continues
older ones, or mixes up the parts of a large call. Its states are mostly as they were answered, to
the last bit, and say which agent is which. So for a diagnosis each call is placed as if each agent
had been sent with the recurrent state that was answered with its state. The checks then look at
what was really sent.

It is decided when a call is placed: every earlier call then stands where it belongs.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from iai_proxy.api.fingerprint import FRESH
from iai_proxy.lineage.agents import Agents
from iai_proxy.lineage.continuing import Continuations
from iai_proxy.lineage.groups import Group, Groups
from iai_proxy.lineage.model import Lineage, Step
from iai_proxy.lineage.observe import Observation, sends_back
from iai_proxy.lineage.sources import Source, index_of, position_of


class Restorer:
    """Gives the agents of a request the recurrent states that were answered with their states.

    Args:
        observations: in the order in which they are placed.
        groups: what those before have been placed in.
        continuations: who produced what.
    """

    def __init__(
        self, observations: Sequence[Observation], groups: Groups, continuations: Continuations
    ) -> None:
        self._all = observations
        self._groups = groups
        self._continuations = continuations
        self._as_sent: dict[int, Agents] = {}  # of those that were restored

    def restored(self, index: int) -> Observation:
        """Return the observation that is placed next as if it had been sent these.

        The call's simulation is the one that most of its recurrent states are of. A client may set
        its agents where those of another simulation were: states answered elsewhere say nothing.
        """
        observation = self._all[index]
        if not observation.recurrent_given or not observation.call.endpoint.is_drive:
            return observation
        if self._continuations.is_as_answered(index):
            return observation
        by_recurrent = self._continuations.by_recurrent(index)
        by_state = self._before(index, self._continuations.by_state(index))
        step = self._most(by_state, self._groups.of.__getitem__)
        simulation = self._most(by_recurrent, self._simulation_of)
        recurrent = array("Q", observation.sent.recurrent)
        for agent, sources in enumerate(by_state):
            if not sources or recurrent[agent] == FRESH:
                continue
            given = self._given(sources, step)
            if simulation not in (None, self._simulation_of(index_of(given))):
                continue
            if self._is_spoilt(observation, agent, by_recurrent[agent], given):
                recurrent[agent] = self._answered(given).recurrent[position_of(given)]
        if recurrent == observation.sent.recurrent:
            return observation
        self._as_sent[index] = observation.sent
        sent = Agents(recurrent, observation.sent.states, observation.sent.coordinates)
        return replace(observation, sent=sent, sent_back=None)

    def _before(self, index: int, by_state: Iterable[Sequence[Source]]) -> list[list[Source]]:
        """Of those who answered each agent's state, those whose answer can have come before.

        An agent that stands still is answered with the state that it was sent with. A call that
        sent it with the very recurrent state and state of this call was made from the same step:
        it is another part of the same large call, or the same once more.
        """
        sent = self._all[index].sent
        return [
            [found for found in sources if self._sent(found) != pair]
            for sources, pair in zip(by_state, pairs_of(sent), strict=True)
        ]

    def _sent(self, source: Source) -> tuple[int, int] | None:
        """With which recurrent state and state an agent was sent to be answered so."""
        index, position = index_of(source), position_of(source)
        sent = self._as_sent.get(index, self._all[index].sent)
        if self._all[index].call.endpoint.is_initialize or position >= len(sent):
            return None
        return sent.recurrent[position], sent.states[position]

    def _most(
        self, sources: Sequence[Sequence[Source]], group_of: Callable[[int], Group]
    ) -> Group | None:
        """The group that most agents come from, the latest of several."""
        votes: Counter[Group] = Counter()
        for candidates in sources:
            votes.update({group_of(index_of(source)) for source in candidates})
        return max(votes, key=lambda group: (votes[group], group.members[0]), default=None)

    def _simulation_of(self, index: int) -> Group:
        return self._groups.root_of(self._groups.of[index])

    def _given(self, by_state: Sequence[Source], step: Group | None) -> Source:
        """Where an agent got its state: in that step, or else the latest; a parked car has many.

        Of several parts it is the one that owns the agent: of an ``initialize`` the first, since
        later regions are given it as a neighbour; of a ``drive`` where it stands first in the list.
        """
        steps = [self._groups.of[index_of(source)] for source in by_state]
        chosen = step if step in steps else steps[-1]
        parts = [source for source, group in zip(by_state, steps, strict=True) if group is chosen]
        return parts[0] if self._groups.is_initialize(chosen) else min(parts, key=position_of)

    def _is_spoilt(
        self, observation: Observation, agent: int, by_recurrent: Sequence[Source], given: Source
    ) -> bool:
        """Whether what was sent is not what the client means to go on from."""
        state = observation.sent.states[agent]
        for source in by_recurrent:
            if self._answered(source).states[position_of(source)] == state:
                return False  # answered as this pair, however long ago: the client may go back
        if self._answered(given).recurrent[position_of(given)] == FRESH:
            return False
        if self._all[index_of(given)].location != observation.location:
            return False
        if not by_recurrent:
            return True
        sent_index = index_of(by_recurrent[-1])
        if self._simulation_of(sent_index) is not self._simulation_of(index_of(given)):
            return True
        sent_step, given_step = self._groups.of[sent_index], self._groups.of[index_of(given)]
        return sent_step.members[0] <= given_step.members[0]

    def _answered(self, source: Source) -> Agents:
        return self._all[index_of(source)].received


def is_as_answered(lineage: Lineage) -> bool:
    """Tell whether all steps send what the step before them answered."""
    return not any(_is_odd(step) for simulation in lineage.simulations for step in simulation.steps)


def _is_odd(step: Step) -> bool:
    if step.first.call.endpoint.is_initialize:
        return False
    if step.parent is None:
        return True
    if len(step.parts) == len(step.parent.parts) == 1:
        if sends_back(step.first, step.parent.first):
            return False
        sent, answered = step.first.sent, step.parent.first.received
        return sent.recurrent != answered.recurrent or sent.states != answered.states
    state_of: dict[int, int] = {}
    for part in step.parent.parts:
        state_of.update(pairs_of(part.observation.received))
    for part in step.parts:
        own = list(pairs_of(part.observation.sent))[: len(part.own)]
        if any(state_of.get(recurrent) != state for recurrent, state in own):
            return True
    return False


def pairs_of(agents: Agents) -> Iterable[tuple[int, int]]:
    """Return the fingerprints of each agent's recurrent state and state."""
    return zip(agents.recurrent, agents.states, strict=True)
