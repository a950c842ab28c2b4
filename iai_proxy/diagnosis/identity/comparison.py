"""Who is who between a request and the answer that it continues.

Three things tell: the agent's state, its recurrent state and its sizes, each sent back as it was
answered by a client that does nothing wrong. Where one of them disagrees with the others, it is the
one that was mixed up. So a swap of the recurrent states alone is told from a swap of the agents,
which the recurrent states alone (lineage) can't do.

Nearly always nothing differs, and that costs two comparisons of lists. The work for single agents
is done only where something differs, once for all checks: :func:`compared` keeps what it last
found.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import eq
from typing import Final

from iai_proxy.diagnosis.identity.answered import Answered, rounded, same_state
from iai_proxy.diagnosis.identity.matching import Matching
from iai_proxy.diagnosis.identity.placing import placed
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.values import State, state

#: So many answers of a simulation are remembered: enough for a client that is some seconds behind.
REMEMBERED_STEPS: Final = 64
#: Of all simulations together, agents counted at each step: of 100 agents 640 steps.
_REMEMBERED_AGENTS: Final = 64_000
#: Who is who is remembered longer, and costs little: steps share it as long as nobody comes or
#: goes.
_NAMED_STEPS: Final = 65_536
#: If more than this part of the agents is not as the previous step answered, another step may be
#: the one continued.
_OTHER_STEP: Final = 0.5


@dataclass(eq=False)  # no slots: several checks ask for the same, which is worked out once
class Comparison:
    """A request beside the answer that it continues.

    Attributes:
        base: that answer; None for the first step. Not always the lineage's: a client that sends
            recurrent states of an older step with the latest states continues the latest.
        owner: for each agent of the request its position in ``base``, None for a newcomer. No
            position twice.
        identical: whether states and recurrent states are all sent back as they were answered, in
            their order.
        earlier: the answers before, the latest last; ``others`` those of other simulations, by
            their numbers.
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
        """Agents whose state is the client's own making: newcomers and changed ones; all where there is no base."""
        if self.base is None:
            return range(len(self.view.sent_states))
        return () if self.identical else sorted({*self.changed, *self.newcomers})

    @cached_property
    def reordered(self) -> list[int]:
        """Agents whose state stands elsewhere than arrivals and departures explain.

        Egos are among them only where somebody else's state is sent for them, or theirs for
        somebody else.
        """
        if self.identical or self.base is None or (self.in_place and not self.changed):
            return []
        positions = placed(self.view, self.base, self.owner, self.changed)
        exchanged = {agent for agent in self.changed if positions[agent] != self.owner[agent]}
        return [
            agent
            for agent in self.out_of_order(positions)
            if agent not in self.view.egos or agent in exchanged
        ]

    @cached_property
    def twice(self) -> list[tuple[int, int]]:
        """(newcomer, agent) of each newcomer that is an agent of the request once more: the same state."""
        if self.base is None or not (newcomers := self.newcomers):
            return []
        sent = self.view.sent_states
        first: dict[State, int] = {}
        for agent, one in enumerate(sent):
            if (read := state(one)) is not None and self.owner[agent] is not None:
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
            (agent, one) for agent, one in enumerate(positions or self.owner) if one is not None
        ]
        straight = sorted(one for _, one in known)
        return [
            agent for (agent, one), expected in zip(known, straight, strict=True) if one != expected
        ]


class _Recall(PerStep[Comparison]):
    """The latest answers of each simulation of one run."""

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._answered: dict[int, deque[Answered]] = {}
        self._in_order: OrderedDict[Answered, int] = (
            OrderedDict()
        )  # of all simulations, with the number of its own
        self._agents = 0
        self._who: OrderedDict[int, Sequence[int]] = OrderedDict()  # by a step's first call
        self._people = 0

    def _work_out(self, view: StepView) -> Comparison:
        earlier = self._answered.setdefault(view.simulation, deque())
        base = self._continued(view, earlier)
        if base is None:
            owner: Sequence[int | None] = [None] * len(view.sent_states)
            identical = False
        else:
            identical = _identical(view, base)
            owner = (
                range(len(base.states))
                if identical
                else _in_place(Matching(view, base).owners(), base)
            )
        who = base.who if identical and base is not None else self._named(owner, base)
        before, others = tuple[Answered, ...](), dict[int, Sequence[Answered]]()
        if not identical:
            before = tuple(earlier)
            others = {
                number: one
                for number, one in self._answered.items()
                if one and number != view.simulation
            }
        found = Comparison(view, base, owner, identical, who, before, others)
        self._remember(view, earlier, who)
        return found

    def _named(self, owner: Sequence[int | None], base: Answered | None) -> list[int]:
        return [
            base.who[position]
            if base is not None and position is not None and position < len(base.who)
            else self._new()
            for position in owner
        ]

    def _new(self) -> int:
        self._people += 1
        return self._people

    def _remember(self, view: StepView, earlier: deque[Answered], who: Sequence[int]) -> None:
        answered = _answer_of(view, who)
        if len(answered.who) < len(answered.states):  # placed by initialize
            answered.who = [*who, *(self._new() for _ in range(len(answered.states) - len(who)))]
        for one in earlier:
            if one.view is not None and one.view is not view.previous:
                one.view = None
        self._who[view.first_call] = answered.who
        if len(self._who) > _NAMED_STEPS:
            self._who.popitem(last=False)
        earlier.append(answered)
        self._in_order[answered] = view.simulation
        self._agents += len(answered.states)
        if len(earlier) > REMEMBERED_STEPS:
            self._forget(view.simulation)
        while self._agents > _REMEMBERED_AGENTS and len(self._in_order) > 1:
            self._forget(next(iter(self._in_order.values())))

    def _forget(self, simulation: int) -> None:
        """Let go of the oldest answer of a simulation."""
        answers = self._answered[simulation]
        oldest = answers.popleft()
        del self._in_order[oldest]
        self._agents -= len(oldest.states)
        if not answers:
            del self._answered[simulation]

    def _continued(self, view: StepView, earlier: Sequence[Answered]) -> Answered | None:
        """Find the answer that a request continues: the lineage's, unless the states are those of a later one."""
        if view.previous is None or view.endpoint.is_initialize:
            return None
        base = next((one for one in reversed(earlier) if one.view is view.previous), None)
        if base is None:  # forked off an older step
            base = self._again(view.previous, earlier)
        sent = view.sent_states
        if sent == base.states or not sent or not earlier:
            return base
        least = _OTHER_STEP * len(sent)
        if sum(map(eq, sent, base.states)) > least:
            return base
        read = [rounded(one) for one in map(state, sent) if one is not None]
        if sum(one in base.places for one in read) > least:
            return base
        later = [
            one
            for one in earlier
            if one.index > base.index and sum(place in one.places for place in read) > least
        ]
        return later[-1] if later else base

    def _again(self, view: StepView, earlier: Sequence[Answered]) -> Answered:
        """Return what a step answered that is not the latest, though it may have been forgotten."""
        known = (
            one
            for one in reversed(earlier)
            if one.call == view.first_call and one.index == view.index
        )
        base = next(known, None)
        if base is None or base.states != view.answered_states:
            who = self._who.get(view.first_call, ())
            base = _answer_of(
                view, [*who, *(self._new() for _ in range(len(view.answered_states) - len(who)))]
            )
        base.view = view
        return base


def compared(run: RunView, view: StepView) -> Comparison:
    """Return a request beside the answer that it continues. Each step of a run must be shown, in order."""
    return run.shared(_Recall).at(view)


def _answer_of(view: StepView, who: Sequence[int]) -> Answered:
    states = view.answered_states
    recurrent = list(view.answered_recurrent)[: len(states)]
    recurrent += [0] * (len(states) - len(recurrent))
    properties = view.valid_properties
    if len(properties) != len(states):
        properties = ()  # whose they are is not known; other checks say so
    return Answered(
        view.index,
        view.first_call,
        states,
        recurrent,
        properties,
        who[: len(states)],
        view,
    )


def _identical(view: StepView, base: Answered) -> bool:
    sent = view.sent_states
    return (
        sent == base.states
        and len(view.recurrent) == len(sent)
        and list(view.recurrent) == base.recurrent
    )


def _in_place(owner: list[int | None], base: Answered) -> Sequence[int | None]:
    """Return a range where everybody stands where everybody stood: what is cheap to see later."""
    everybody = range(len(base.states))
    return everybody if len(owner) == len(everybody) and all(map(eq, owner, everybody)) else owner
