"""Speeds that the client sends against the ways that its agents go, over several steps."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from math import fsum
from statistics import fmean
from typing import Final, NamedTuple

from iai_proxy.api.limits import TIME_STEP_S
from iai_proxy.diagnosis.checks.motion.motion import Motion, motions, since_of
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks

#: Below these, m/s, a ratio says nothing: rounding and the box's reference point weigh too much.
_SENT: Final = 1.0
_MOVED: Final = 0.3
#: Ratios of one agent that are within this of one another are steady: no skid or gust is.
_STEADY: Final = 0.1
#: The two halves of a row are alike within this, and so are its first and last way and the whole.
_ALIKE: Final = 0.2
#: At so many steps in a row a unit must say the same, and a time step, ...
UNIT_STEPS: Final = 5
TIME_STEPS: Final = 10
#: ... and more nobody asks for.
_MOST_STEPS: Final = 10
#: Unit, units in a m/s, and how far off counts: mph must be told from a step of half the length
#: (ratio 2).
_UNITS: Final = (("km/h", 3.6, 0.1), ("mph", 2.237, 0.04))
#: Simulators run at 10, 20, 50 or 100 Hz, or at 5, 2 or 1. Other ratios have other reasons.
_FACTORS: Final = (10.0, 5.0, 2.0, 0.5, 0.2, 0.1)
_SPREAD: Final = 0.07


class Steady(NamedTuple):
    """An agent whose ratio of the speed sent and the speed moved stays the same.

    Attributes:
        growth: how many times as large its speed becomes at each step; 1 where that differs.
        since: the first step that it shows at.
    """

    agent: int
    ratio: float
    growth: float
    since: int


class _Way(NamedTuple):
    """One way of an agent, at the speed sent (the mean of both ends), in m/s."""

    motion: Motion
    sent: float

    @property
    def ratio(self) -> float:
        return self.sent * TIME_STEP_S / self.motion.distance

    @property
    def growth(self) -> float:
        before, after = abs(self.motion.before[3]), abs(self.motion.after[3])
        return after / before if before else math.inf


class Speeds(PerStep[Sequence[Sequence[_Way]]]):
    """The latest ways of each agent that goes fast enough, and the ratios of the speed sent and the speed moved."""

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._ways = Streaks[_Way](_MOST_STEPS)

    def steady(self, view: StepView, steps: int) -> Iterator[Steady]:
        """Yield agents whose ratio has been the same: at so many steps in a row, or on the whole of the most."""
        for row in self.at(view):
            steady = _at_each(row[-steps:]) if len(row) >= steps else None
            if steady is None and len(row) == _MOST_STEPS:
                steady = _on_the_whole(row)
            if steady is not None:
                yield steady

    def _work_out(self, view: StepView) -> Sequence[Sequence[_Way]]:
        found = []
        for move in motions(self.run, view):
            moved, sent = (
                move.distance / TIME_STEP_S,
                (abs(move.before[3]) + abs(move.after[3])) / 2,
            )
            if move.is_timed and sent >= _SENT and moved >= _MOVED:
                found.append(list(self._ways.add(view, move.who, _Way(move, sent), move.place)))
        return found


class Explained(PerStep[Collection[int]]):
    """The agents whose unit (check 221) or time step (228) is told at a step."""

    def _work_out(self, view: StepView) -> Collection[int]:
        speeds = self.run.shared(Speeds)
        units = {
            one.agent
            for one in speeds.steady(view, UNIT_STEPS)
            if unit_of(one.growth) or unit_of(one.ratio)
        }
        times = {
            one.agent
            for one in speeds.steady(view, TIME_STEPS)
            if time_step_of(one.ratio) is not None
        }
        return units | times


def _at_each(row: Sequence[_Way]) -> Steady | None:
    """Return what is the same at each step."""
    middle = fmean([one.ratio for one in row])
    if any(abs(one.ratio / middle - 1) >= _STEADY for one in row):
        return None
    growth = fmean([one.growth for one in row])
    # One step that is twenty times as fast, from a standstill say, is no growth at each.
    grows = all(abs(one.growth / growth - 1) < _STEADY for one in row)
    return Steady(
        row[-1].motion.agent,
        middle,
        growth if grows else 1.0,
        since_of([one.motion for one in row]),
    )


def _on_the_whole(row: Sequence[_Way]) -> Steady | None:
    """Return what is the same in both halves of a row, by the straight way of each: noise comes and goes there."""
    halves = row[: len(row) // 2], row[len(row) // 2 :]
    sent = [TIME_STEP_S * fsum(one.sent for one in half) for half in halves]
    moved = [math.dist(half[0].motion.before[:2], half[-1].motion.after[:2]) for half in halves]
    if not all(moved):
        return None
    one, other = (way / moved_way for way, moved_way in zip(sent, moved, strict=True))
    middle = sum(sent) / sum(moved)
    # At a mistake's ends a way has a speed of each kind: it is none of the mistake's.
    if any(
        abs(ratio - 1) >= _ALIKE
        for ratio in (one / other, row[0].ratio / middle, row[-1].ratio / middle)
    ):
        return None
    return Steady(row[-1].motion.agent, middle, 1.0, since_of([one.motion for one in row]))


def unit_of(ratio: float) -> str | None:
    """Name the unit that makes a speed so many times as large as in m/s."""
    return next((unit for unit, factor, spread in _UNITS if abs(ratio / factor - 1) < spread), None)


def time_step_of(ratio: float) -> float | None:
    """Return the usual time step, s, for which a speed that is so many times the way in 0.1 s is right."""
    return next(
        (TIME_STEP_S / factor for factor in _FACTORS if abs(ratio / factor - 1) < _SPREAD), None
    )
