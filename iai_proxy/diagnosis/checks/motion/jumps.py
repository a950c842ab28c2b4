"""Which agents move in one step as no vehicle can."""

from __future__ import annotations

import math
from collections.abc import Mapping

from iai_proxy.api.limits import FASTEST, SLACK_M, TIME_STEP_S
from iai_proxy.diagnosis.checks.motion.motion import Motion, motions
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks


class Jumps(PerStep[Mapping[int, float]]):
    """By agent, how far the client has put it from where it can be, in m."""

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._ways = Streaks[tuple[float, float]](1)
        self._reordered = Streaks[bool](1)

    def _work_out(self, view: StepView) -> Mapping[int, float]:
        comparison = compared(self.run, view)
        for agent in comparison.reordered:
            self._reordered.add(view, comparison.who[agent], True)
        found: dict[int, float] = {}
        for motion in motions(self.run, view):
            # An agent that was sent with another's state comes back from there: not its own jump.
            if motion.agent in comparison.reordered or self._reordered.before(view, motion.key):
                continue
            off = min(math.dist(place, motion.after[:2]) for place in self._places(view, motion))
            fastest = max(abs(motion.before[3]), abs(motion.predicted[3]))
            if off > SLACK_M + fastest * TIME_STEP_S:
                found[motion.agent] = off
        return found

    def _places(self, view: StepView, motion: Motion) -> list[tuple[float, ...]]:
        """Return where an agent may be: straight on, at rest, as predicted, or as it went on."""
        x, y, heading, speed = motion.before
        way = speed * TIME_STEP_S
        ahead = x + way * math.cos(heading), y + way * math.sin(heading)
        places: list[tuple[float, ...]] = [ahead, motion.before[:2], motion.predicted[:2]]
        last = self._ways.before(view, motion.key, motion.place)
        # Its speed may be wrong: an agent that goes on as before, as fast as traffic, is no jump.
        if last is not None and math.hypot(*last) < FASTEST * TIME_STEP_S:
            places.append((x + last[0], y + last[1]))
        self._ways.add(view, motion.key, (motion.after[0] - x, motion.after[1] - y), motion.place)
        return places
