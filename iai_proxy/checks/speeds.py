"""Speeds that the client sends against the ways that its agents go, over several steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from iai_proxy.checks.model import RunView, StepView
from iai_proxy.checks.motion import TIME_STEP_S, motions

#: Below these, m/s, a ratio says nothing: rounding and the box's reference point weigh too much.
_SENT: Final = 2.0
_MOVED: Final = 0.3
#: Ratios of one agent that are within this of one another are steady: no skid or gust is.
_STEADY: Final = 0.1
_KEPT: Final = 16
_AGENTS: Final = 4096


class Speeds:
    """Ratios of the speed sent and the speed moved, by agent, over the latest steps."""

    def __init__(self, run: RunView) -> None:
        self._run = run
        self._ratios: dict[tuple[int, int], deque[float]] = {}

    def steady(self, view: StepView, steps: int) -> Iterator[tuple[int, float]]:
        """Yield agents whose ratio was the same at so many steps in a row, and the ratio."""
        for move in motions(self._run, view):
            if not move.is_timed:
                continue
            moved = move.distance / TIME_STEP_S
            sent = (abs(move.before[3]) + abs(move.after[3])) / 2
            ratios = self._ratios.setdefault((view.simulation, move.who), deque(maxlen=_KEPT))
            if sent < _SENT or moved < _MOVED:
                ratios.clear()
                continue
            ratios.append(sent / moved)
            latest = list(ratios)[-steps:]
            middle = sum(latest) / len(latest)
            if len(latest) == steps and all(abs(one / middle - 1) < _STEADY for one in latest):
                yield move.agent, middle
        while len(self._ratios) > _AGENTS:
            del self._ratios[next(iter(self._ratios))]
