"""How agents move that the client itself places, from one request to the next."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks
from iai_proxy.diagnosis.values import State, rows, state


@dataclass(frozen=True, slots=True)
class Motion:
    """One agent's motion from one time step to the next.

    Attributes:
        agent: index in the request.
        key: a number for the agent that is the same at all steps.
        before: its state in the previous request; after ``initialize`` in that answer.
        predicted: its state in the previous answer; in a history the same as ``before``.
        after: its state in this request.
        since: the step of ``before`` if the client made that state too, at the same index;
            otherwise this step.
        is_timed: whether ``before`` and ``after`` are a step of 0.1 s apart, which they are not
            right after ``initialize``.
        place: in a history 0 for the last motion, -1 for the one before it and so on.
    """

    agent: int
    key: int
    before: State
    predicted: State
    after: State
    since: int
    is_timed: bool
    place: int = 0

    @property
    def distance(self) -> float:
        """The distance covered, m."""
        return math.dist(self.before[:2], self.after[:2])

    @property
    def turn(self) -> float:
        """By how much the heading changed, rad, with whole turns."""
        return self.after[2] - self.before[2]

    @property
    def way(self) -> float:
        """The direction where the front must point, rad: of the motion, or opposite in reverse."""
        dx, dy = self.after[0] - self.before[0], self.after[1] - self.before[1]
        return math.atan2(dy, dx) + (math.pi if self.after[3] < 0 else 0.0)


def motions(run: RunView, view: StepView) -> list[Motion]:
    """Return the motions of agents whose states the client changed, or gave as a history."""
    return [] if compared(run, view).identical else run.shared(_Motions).at(view)


def since_of(streak: Sequence[Motion]) -> int:
    """Return the first step of a streak at which its agent has the index that it has at the end."""
    first = len(streak) - 1
    while first and streak[first - 1].agent == streak[-1].agent:
        first -= 1
    return streak[first].since


def straight_m(streak: Sequence[Motion]) -> float:
    """Return the distance between where a streak begins and where it ends, m."""
    return math.dist(streak[0].before[:2], streak[-1].after[:2])


class _Motions(PerStep[list[Motion]]):
    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._made = Streaks[int](1)  # the steps at which the client made an agent's state

    def _work_out(self, view: StepView) -> list[Motion]:
        return list(self._history(view) if view.is_initialize else self._driven(view))

    def _driven(self, view: StepView) -> Iterator[Motion]:
        comparison, previous = compared(self.run, view), view.previous
        base = comparison.base
        # A client that continues another step than lineage says: the request before is unknown.
        if base is None or previous is None or base.states != previous.answered_states:
            return
        is_timed = not previous.is_initialize
        earlier = previous.sent_states if is_timed else base.states
        for agent in comparison.changed:
            position, key = comparison.owner[agent], comparison.who[agent]
            since = self._made.before(view, key)
            self._made.add(view, key, view.index)
            if position is None or position >= len(earlier):
                continue
            before, predicted = state(earlier[position]), state(base.states[position])
            after = state(view.sent_states[agent])
            if before is not None and predicted is not None and after is not None:
                first = view.index if since is None or position != agent else since
                yield Motion(agent, key, before, predicted, after, first, is_timed)

    def _history(self, view: StepView) -> Iterator[Motion]:
        keys = compared(self.run, view).who
        history = [rows(states) for states in rows(view.request.get("states_history"))]
        for place, (earlier, later) in enumerate(
            itertools.pairwise(history), start=2 - len(history)
        ):
            for agent, key in enumerate(keys[: min(len(earlier), len(later))]):
                before, after = state(earlier[agent]), state(later[agent])
                if before is not None and after is not None:
                    yield Motion(agent, key, before, before, after, 0, True, place)
