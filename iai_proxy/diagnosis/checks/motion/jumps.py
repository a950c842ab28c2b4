"""Which agents move in one step as no vehicle can."""

from __future__ import annotations

import math
from collections.abc import Mapping

from iai_proxy.api.limits import FASTEST, SLACK_M, TIME_STEP_S
from iai_proxy.diagnosis.checks.motion.motion import Motion, motions
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks


class Jumps(PerStep[Mapping[int, float]]):
    """By agent how far from where it can be the client has put it, in m."""

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._ways = Streaks[tuple[float, float]](1)
        self._exchanged = Streaks[bool](1)

    def _work_out(self, view: StepView) -> Mapping[int, float]:
        comparison = compared(self.run, view)
        for agent in comparison.reordered:
            self._exchanged.add(view, comparison.who[agent], True)
        found: dict[int, float] = {}
        for move in motions(self.run, view):
            # Who was sent as somebody else is where that one was, and is put back then: no mistake
            # of its own.
            if move.agent in comparison.reordered or self._exchanged.before(view, move.who):
                continue
            off = min(math.dist(place, move.after[:2]) for place in self._places(view, move))
            if off > SLACK_M + max(abs(move.before[3]), abs(move.predicted[3])) * TIME_STEP_S:
                found[move.agent] = off
        return found

    def _places(self, view: StepView, move: Motion) -> list[tuple[float, ...]]:
        """Where an agent may be: ahead, at rest, where it was answered, or as far on as in the previous step."""
        x, y, heading, speed = move.before
        way = speed * TIME_STEP_S
        ahead = x + way * math.cos(heading), y + way * math.sin(heading)
        places: list[tuple[float, ...]] = [ahead, move.before[:2], move.predicted[:2]]
        last_way = self._ways.before(view, move.who, move.place)
        # Who goes on as in the previous step, as fast as traffic is, does not jump: its speed may
        # be wrong.
        if last_way is not None and math.hypot(*last_way) < FASTEST * TIME_STEP_S:
            places.append((x + last_way[0], y + last_way[1]))
        self._ways.add(view, move.who, (move.after[0] - x, move.after[1] - y), move.place)
        return places
