"""What was answered lately, and for each request which of it the request continues."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from operator import eq
from typing import Final

from iai_proxy.diagnosis.identity.answered import Answered
from iai_proxy.diagnosis.identity.comparison import Comparison
from iai_proxy.diagnosis.identity.equality import rounded
from iai_proxy.diagnosis.identity.matching import Matching
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.values import state

#: How many answers of a simulation are remembered: enough for a client that is some seconds behind.
REMEMBERED_STEPS: Final = 64
#: How many agents of all simulations together, counted at each step: of 100 agents 640 steps.
_REMEMBERED_AGENTS: Final = 64_000
#: Who is who is remembered longer, and costs little: steps share it as long as no one comes or
#: goes.
_NAMED_STEPS: Final = 65_536
#: If more than this share of the agents is not as the previous step answered, another step may be
#: the one continued.
_OTHER_STEP: Final = 0.5


class Recall(PerStep[Comparison]):
    """The latest answers of each simulation of one run."""

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._answered: dict[int, deque[Answered]] = {}
        self._in_order: OrderedDict[Answered, int] = (
            OrderedDict()
        )  # of all simulations, with the number of its own
        self._agents = 0
        self._who: OrderedDict[int, Sequence[int]] = OrderedDict()  # by a step's first call
        self._numbered = 0

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
                number: answers
                for number, answers in self._answered.items()
                if answers and number != view.simulation
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
        self._numbered += 1
        return self._numbered

    def _remember(self, view: StepView, earlier: deque[Answered], who: Sequence[int]) -> None:
        answered = _answer_of(view, who)
        if len(answered.who) < len(answered.states):  # placed by initialize
            answered.who = [*who, *(self._new() for _ in range(len(answered.states) - len(who)))]
        for answer in earlier:
            if answer.view is not view.previous:
                answer.view = None
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
        """The answer that a request continues: the lineage's, or a later one with its states."""
        if view.previous is None or view.endpoint.is_initialize:
            return None
        latest = (answer for answer in reversed(earlier) if answer.view is view.previous)
        base = next(latest, None)
        if base is None:  # forked off an older step
            base = self._again(view.previous, earlier)
        sent = view.sent_states
        if sent == base.states or not sent or not earlier:
            return base
        least = _OTHER_STEP * len(sent)
        if sum(map(eq, sent, base.states)) > least:
            return base
        places = [rounded(read) for read in map(state, sent) if read is not None]
        if sum(place in base.places for place in places) > least:
            return base
        later = [
            answer
            for answer in earlier
            if answer.index > base.index and sum(place in answer.places for place in places) > least
        ]
        return later[-1] if later else base

    def _again(self, view: StepView, earlier: Sequence[Answered]) -> Answered:
        """What an older step answered, read again if it has been forgotten."""
        known = (
            answer
            for answer in reversed(earlier)
            if answer.call == view.first_call and answer.index == view.index
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
    """Return a request beside the answer that it continues. Ask at each step of a run, in order."""
    return run.shared(Recall).at(view)


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
    """Return a range where all agents stand where they stood, which is cheap to see later."""
    unmoved = range(len(base.states))
    return unmoved if len(owner) == len(unmoved) and all(map(eq, owner, unmoved)) else owner
