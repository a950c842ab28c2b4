"""Speeds that the client sends against the ways that its agents go, over several steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from statistics import fmean
from typing import Final, NamedTuple

from iai_proxy.checks.model import RunView, StepView
from iai_proxy.checks.motion import TIME_STEP_S, motions
from iai_proxy.checks.streaks import Streaks

#: Below these, m/s, a ratio says nothing: rounding and the box's reference point weigh too much.
_SENT: Final = 1.0
_MOVED: Final = 0.3
#: Ratios of one agent that are within this of one another are steady: no skid or gust is.
_STEADY: Final = 0.1
#: More steps in a row nobody asks for.
_MOST_STEPS: Final = 10
#: Unit, units in a m/s, and how far off counts: mph must be told from a step of half the length (ratio 2).
_UNITS: Final = (("km/h", 3.6, 0.1), ("mph", 2.237, 0.04))
#: Simulators run at 10, 20, 50 or 100 Hz, or at 5, 2 or 1. Other ratios have other reasons.
_FACTORS: Final = (10.0, 5.0, 2.0, 0.5, 0.2, 0.1)
_SPREAD: Final = 0.07


class Steady(NamedTuple):
    """An agent whose ratio of the speed sent and the speed moved stays the same.

    Attributes:
        growth: how many times as large its speed becomes from one step to the next.
        since: the first step that it shows at: that of the request where the first of the ways begins.
    """

    agent: int
    ratio: float
    growth: float
    since: int


class Speeds:
    """Ratios of the speed sent and the speed moved, by agent. Get it by :meth:`RunView.shared`."""

    def __init__(self, run: RunView) -> None:
        self._run = run
        self._ratios = Streaks[Steady](_MOST_STEPS)
        self._latest: tuple[StepView, list[list[Steady]]] | None = None

    def steady(self, view: StepView, steps: int) -> Iterator[Steady]:
        """Yield agents whose ratio has been the same at so many steps in a row."""
        if self._latest is None or self._latest[0] is not view:
            self._latest = view, list(self._rows(view))
        for row in self._latest[1]:
            latest = list(islice(reversed(row), steps))
            middle = fmean([one.ratio for one in latest])
            if len(latest) == steps and all(abs(one.ratio / middle - 1) < _STEADY for one in latest):
                yield Steady(row[-1].agent, middle, fmean([one.growth for one in latest]), latest[-1].since)

    def _rows(self, view: StepView) -> Iterator[list[Steady]]:
        for move in motions(self._run, view):
            moved = move.distance / TIME_STEP_S
            before, after = abs(move.before[3]), abs(move.after[3])
            sent, growth = (before + after) / 2, after / before if before else math.inf
            if move.is_timed and sent >= _SENT and moved >= _MOVED:
                one = Steady(move.agent, sent / moved, growth, max(view.index - 1, 0))
                yield list(self._ratios.add(view, move.who, one))


def unit_of(ratio: float) -> str | None:
    """Name the unit that makes a speed so many times as large as in m/s."""
    return next((unit for unit, factor, spread in _UNITS if abs(ratio / factor - 1) < spread), None)


def time_step_of(ratio: float) -> float | None:
    """Return the usual time step, s, for which a speed that is so many times the way in 0.1 s is right."""
    return next((TIME_STEP_S / factor for factor in _FACTORS if abs(ratio / factor - 1) < _SPREAD), None)
