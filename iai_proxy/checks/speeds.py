"""Speeds that the client sends against the ways that its agents go, over several steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from iai_proxy.checks.model import RunView, StepView
from iai_proxy.checks.motion import TIME_STEP_S, motions
from iai_proxy.checks.streaks import Streaks

#: Below these, m/s, a ratio says nothing: rounding and the box's reference point weigh too much.
_SENT: Final = 1.0
_MOVED: Final = 0.3
#: Ratios of one agent that are within this of one another are steady: no skid or gust is.
_STEADY: Final = 0.1


class Steady(NamedTuple):
    """An agent whose ratio of the speed sent and the speed moved stays the same.

    Attributes:
        since: the first step that it shows at: that of the request where the first of the ways begins.
    """

    agent: int
    ratio: float
    since: int


class Speeds:
    """Ratios of the speed sent and the speed moved, by agent.

    Args:
        run: the run that is looked at.
        steps: at so many in a row a ratio must be the same.
    """

    def __init__(self, run: RunView, steps: int) -> None:
        self._run = run
        self._steps = steps
        self._ratios = Streaks[tuple[int, float]](steps)

    def steady(self, view: StepView) -> Iterator[Steady]:
        """Yield agents whose ratio has been the same at enough steps in a row."""
        for move in motions(self._run, view):
            moved = move.distance / TIME_STEP_S
            sent = (abs(move.before[3]) + abs(move.after[3])) / 2
            if not move.is_timed or sent < _SENT or moved < _MOVED:
                continue
            latest = self._ratios.add(view, move.who, (view.index, sent / moved))
            if len(latest) < self._steps:
                continue
            middle = sum(ratio for _, ratio in latest) / len(latest)
            if all(abs(ratio / middle - 1) < _STEADY for _, ratio in latest):
                yield Steady(move.agent, middle, max(latest[0][0] - 1, 0))
