"""How agents that the client itself places move: from one request to the next."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks
from iai_proxy.diagnosis.values import State, rows, state

#: m. From this way in one step on (3 m/s) its direction says where an agent is headed, and people
#: go where they look.
HEADED_WAY_M: Final = 0.3


@dataclass(frozen=True, slots=True)
class Motion:
    """One agent's way from one time step to the next.

    Attributes:
        agent: index in the request.
        who: the same number at all steps of the agent.
        before: as the request before had it; after ``initialize`` as that answered.
        predicted: what was answered for it; for a history the same as ``before``.
        after: as this request has it.
        since: the first step at which the client made it: that of ``before`` where it had made that
            too, and the agent stood at the same index.
        is_timed: whether ``before`` and ``after`` are a step of 0.1 s apart: not so right after
            ``initialize``.
        place: in a history, 0 for its last way, -1 for the one before it and so on.
    """

    agent: int
    who: int
    before: State
    predicted: State
    after: State
    since: int
    is_timed: bool
    place: int = 0

    @property
    def distance(self) -> float:
        """How far it went, m."""
        return math.dist(self.before[:2], self.after[:2])

    @property
    def direction(self) -> float:
        """Where it went to, rad."""
        return math.atan2(self.after[1] - self.before[1], self.after[0] - self.before[0])


def since_of(row: Sequence[Motion]) -> int:
    """Return the first step of a row of ways, as far as its agent has the index that it has at the last."""
    first = len(row) - 1
    while first and row[first - 1].agent == row[-1].agent:
        first -= 1
    return row[first].since


class _Motions(PerStep[list[Motion]]):
    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._made = Streaks[int](1)  # the steps at which the client made an agent's state

    def _work_out(self, view: StepView) -> list[Motion]:
        return list(self._history(view) if view.endpoint.is_initialize else self._driven(view))

    def _driven(self, view: StepView) -> Iterator[Motion]:
        comparison = compared(self.run, view)
        base = comparison.base
        # Where the client goes on from another step than lineage says, the request before that one
        # is no longer there.
        if base is None or view.previous is None or base.states != view.previous.answered_states:
            return
        sent, timed = view.sent_states, not view.previous.endpoint.is_initialize
        earlier = view.previous.sent_states if timed else base.states
        for agent in comparison.changed:
            position, who = comparison.owner[agent], comparison.who[agent]
            since = self._made.before(view, who)
            self._made.add(view, who, view.index)
            if position is None or position >= len(earlier):
                continue
            before, predicted, after = (
                state(earlier[position]),
                state(base.states[position]),
                state(sent[agent]),
            )
            if before is not None and predicted is not None and after is not None:
                begun = view.index if since is None or position != agent else since
                yield Motion(agent, who, before, predicted, after, begun, timed)

    def _history(self, view: StepView) -> Iterator[Motion]:
        who = compared(self.run, view).who
        history = [rows(step) for step in rows(view.request.get("states_history"))]
        for place, (step, following) in enumerate(
            itertools.pairwise(history), start=2 - len(history)
        ):
            for agent, (one, other) in enumerate(zip(step, following, strict=False)):
                before, after = state(one), state(other)
                if before is not None and after is not None and agent < len(who):
                    yield Motion(agent, who[agent], before, before, after, 0, True, place)


def motions(run: RunView, view: StepView) -> list[Motion]:
    """Return how agents moved whose state the client changed; at ``initialize`` those with a history."""
    return [] if compared(run, view).identical else run.shared(_Motions).at(view)
