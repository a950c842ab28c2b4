"""Speeds that the client sends against the distances that its agents cover."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

from iai_proxy.api.limits import FASTEST, TIME_STEP_S
from iai_proxy.diagnosis.checks.motion.motion import Motion, motions, since_of, straight_m
from iai_proxy.diagnosis.checks.motion.thresholds import (
    FEW_STEPS,
    MANY_STEPS,
    SLOW,
    STEADY,
    TIME_STEP_SPREAD,
    TIME_STEPS_S,
    UNITS,
)
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks


class SteadyRatio(NamedTuple):
    """An agent's speed as sent, over the distance that it covers per second; it stays the same."""

    agent: int
    ratio: float
    since: int


class Growth(NamedTuple):
    """An agent whose speed as sent becomes as many times as large at each step."""

    agent: int
    factor: float
    since: int


class Speeds(PerStep[Sequence[Sequence[Motion]]]):
    """The latest motions of each agent that is not slow."""

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._streaks = Streaks[Motion](MANY_STEPS)

    def steady(self, view: StepView, steps: int) -> Iterator[SteadyRatio]:
        """Yield agents whose ratio stayed the same for that many steps, at speeds of traffic."""
        for latest in self._with_length(view, steps):
            if all(map(_is_traffic, latest)) and (ratio := _steady_ratio(latest)):
                yield SteadyRatio(latest[-1].agent, ratio, since_of(latest))

    def converted_again(self, view: StepView) -> Iterator[Growth]:
        """Yield agents whose speed grows by the factor of a unit at each of some steps.

        The answered speed is converted and sent, so the next answer is a converted one already. No
        agent accelerates like that.
        """
        for latest in self._with_length(view, FEW_STEPS):
            growths = [abs(motion.after[3] / (motion.before[3] or math.inf)) for motion in latest]
            units = set(map(unit_of, growths))
            if len(units) == 1 and None not in units:
                yield Growth(latest[-1].agent, fmean(growths), since_of(latest))

    def explained(self, view: StepView) -> Iterator[int]:
        """Yield agents whose unit (check 221) or time step (228) is found at a step."""
        for agent, ratio, _ in self.steady(view, FEW_STEPS):
            if unit_of(ratio) is not None:
                yield agent
        for agent, ratio, _ in self.steady(view, MANY_STEPS):
            if time_step_of(ratio) is not None:
                yield agent

    def _with_length(self, view: StepView, steps: int) -> Iterator[Sequence[Motion]]:
        return (streak[-steps:] for streak in self.at(view) if len(streak) >= steps)

    def _work_out(self, view: StepView) -> Sequence[Sequence[Motion]]:
        return [
            list(self._streaks.add(view, motion.key, motion, motion.place))
            for motion in motions(self.run, view)
            if motion.is_timed and mean_speed(motion) >= SLOW
        ]


def mean_speed(motion: Motion) -> float:
    """Return the mean of the speeds sent before and after a motion, m/s."""
    return (abs(motion.before[3]) + abs(motion.after[3])) / 2


def _is_traffic(motion: Motion) -> bool:
    return max(abs(motion.before[3]), abs(motion.after[3])) <= FASTEST


def ratio_of(streak: Sequence[Motion]) -> float:
    """Return the speed sent over the straight distance per second; 0 for an agent that stands."""
    distance = straight_m(streak)
    return TIME_STEP_S * sum(map(mean_speed, streak)) / distance if distance else 0.0


def unit_of(ratio: float) -> str | None:
    """Return the unit in which a speed is this many times what it is in m/s."""
    return next((unit for unit, factor, spread in UNITS if _is_near(ratio, factor, spread)), None)


def time_step_of(ratio: float) -> float | None:
    """Return the usual time step, s, for which a speed is right that has this ratio at 0.1 s."""
    return next(
        (step for step in TIME_STEPS_S if _is_near(ratio, TIME_STEP_S / step, TIME_STEP_SPREAD)),
        None,
    )


def _steady_ratio(streak: Sequence[Motion]) -> float | None:
    """Return the ratio of a streak, if both halves and both ends have it too.

    Noise comes and goes within a half. Where a mistake begins or ends, one end differs.
    """
    ratio = ratio_of(streak)
    half = len(streak) // 2
    parts = [ratio_of(part) for part in (streak[:half], streak[half:], streak[:1], streak[-1:])]
    is_steady = ratio and all(_is_near(part, ratio, STEADY) for part in parts)
    return ratio if is_steady else None


def _is_near(ratio: float, expected: float, spread: float) -> bool:
    return abs(ratio / expected - 1) < spread
