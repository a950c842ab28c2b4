"""A request beside the answer that it continues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from iai_proxy.diagnosis.identity.answered import Answered
from iai_proxy.diagnosis.identity.equality import same_state
from iai_proxy.diagnosis.identity.state_owners import state_owners
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import State, state


@dataclass(eq=False)  # no slots: what several checks need is worked out once
class Comparison:
    """A request beside the answer that it continues.

    Attributes:
        base: that answer; None for the first step. Not always the lineage's: a client that sends
            recurrent states of an older step with the latest states continues the latest.
        owner: for each agent of the request its position in ``base``, None for a newcomer. No
            position twice.
        identical: whether states and recurrent states are all sent back as they were answered, in
            their order.
        who: a number for each agent of the request, the same at all steps.
        earlier: the answers before, the latest last.
        others: those of other simulations, by their numbers.
    """

    view: StepView
    base: Answered | None
    owner: Sequence[int | None]
    identical: bool
    who: Sequence[int]
    earlier: Sequence[Answered]
    others: Mapping[int, Sequence[Answered]]

    @property
    def in_place(self) -> bool:
        """Whether all agents are those of ``base``, in the same order."""
        return isinstance(self.owner, range)

    @property
    def kept(self) -> Iterator[tuple[int, int]]:
        """(agent, position in ``base``) of each agent that is no newcomer."""
        return (
            (agent, position) for agent, position in enumerate(self.owner) if position is not None
        )

    @property
    def moved(self) -> bool:
        """Whether an agent stands at another index than in ``base``."""
        return not self.in_place and any(agent != position for agent, position in self.kept)

    @cached_property
    def newcomers(self) -> list[int]:
        """Agents that the previous answer did not have."""
        return (
            []
            if self.in_place
            else [agent for agent, position in enumerate(self.owner) if position is None]
        )

    @cached_property
    def leavers(self) -> list[int]:
        """Positions in ``base`` of agents that are not sent back."""
        if self.in_place or self.base is None:
            return []
        kept = set(self.owner)
        return [position for position in range(len(self.base.states)) if position not in kept]

    @cached_property
    def changed(self) -> list[int]:
        """Agents whose state is not the answered one, egos too."""
        if self.identical or self.base is None:
            return []
        sent, answered = self.view.sent_states, self.base.states
        return [
            agent
            for agent, position in self.kept
            if not same_state(sent[agent], answered[position])
        ]

    @cached_property
    def made(self) -> Sequence[int]:
        """Agents whose state the client has made: newcomers, changed ones; all without a base."""
        if self.base is None:
            return range(len(self.view.sent_states))
        return () if self.identical else sorted({*self.changed, *self.newcomers})

    @cached_property
    def reordered(self) -> list[int]:
        """Agents whose state stands elsewhere than arrivals and departures explain.

        Egos are among them only where another agent's state is sent for them, or theirs for
        another agent.
        """
        if self.identical or self.base is None or (self.in_place and not self.changed):
            return []
        positions = state_owners(self.view, self.base, self.owner, self.changed)
        exchanged = {agent for agent in self.changed if positions[agent] != self.owner[agent]}
        return [
            agent
            for agent in self.out_of_order(positions)
            if agent not in self.view.egos or agent in exchanged
        ]

    @cached_property
    def twice(self) -> list[tuple[int, int]]:
        """(newcomer, agent) of each newcomer with the same state as an agent of the request."""
        if self.base is None or not (newcomers := self.newcomers):
            return []
        sent = self.view.sent_states
        first: dict[State, int] = {}
        for agent, value in enumerate(sent):
            if (read := state(value)) is not None and self.owner[agent] is not None:
                first.setdefault(read, agent)
        pairs = ((agent, state(sent[agent])) for agent in newcomers)
        return [(agent, first[read]) for agent, read in pairs if read is not None and read in first]

    def out_of_order(self, positions: Sequence[int | None] | None = None) -> list[int]:
        """Return agents that stand elsewhere in the list than arrivals and departures explain.

        Args:
            positions: for each agent where in ``base`` it, or something of it, was; else ``owner``.
        """
        if self.identical:
            return []
        known = [
            (agent, position)
            for agent, position in enumerate(positions or self.owner)
            if position is not None
        ]
        straight = sorted(position for _, position in known)
        return [
            agent
            for (agent, position), expected in zip(known, straight, strict=True)
            if position != expected
        ]
