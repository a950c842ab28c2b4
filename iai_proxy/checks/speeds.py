"""Speeds that the client sends against the ways that its agents go, over several steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from iai_proxy.checks.model import RunView, StepView
from iai_proxy.checks.motion import TIME_STEP_S, motions
from iai_proxy.checks.streaks import Streaks

#: Below these, m/s, a ratio says nothing: rounding and the box's reference point weigh too much.
_SENT: Final = 2.0
_MOVED: Final = 0.3
#: Ratios of one agent that are within this of one another are steady: no skid or gust is.
_STEADY: Final = 0.1


class Speeds:
    """Ratios of the speed sent and the speed moved, by agent.

    Args:
        run: the run that is looked at.
        steps: at so many in a row a ratio must be the same.
    """

    def __init__(self, run: RunView, steps: int) -> None:
        self._run = run
        self._ratios = Streaks[float](steps)

    def steady(self, view: StepView) -> Iterator[tuple[int, float]]:
        """Yield agents whose ratio has been the same at enough steps in a row, and the ratio."""
        for move in motions(self._run, view):
            if not move.is_timed:
                continue
            moved = move.distance / TIME_STEP_S
            sent = (abs(move.before[3]) + abs(move.after[3])) / 2
            if sent < _SENT or moved < _MOVED:
                self._ratios.end(view, move.who)
                continue
            if not (latest := self._ratios.add(view, move.who, sent / moved)):
                continue
            middle = sum(latest) / len(latest)
            if all(abs(one / middle - 1) < _STEADY for one in latest):
                yield move.agent, middle
