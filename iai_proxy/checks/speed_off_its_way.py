"""Check 230, speed-off-its-way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, median
from typing import Final, NamedTuple

from iai_proxy.checks.comparison import compared
from iai_proxy.checks.model import Check, Finding, RunView, Severity, StepView
from iai_proxy.checks.motion import TIME_STEP_S, Motion, motions
from iai_proxy.checks.other_time_step import looks_like_another_time_step
from iai_proxy.checks.speed_in_kmh import FASTEST, unit_of
from iai_proxy.checks.speeds import Speeds
from iai_proxy.checks.streaks import Remembered, Streaks
from iai_proxy.checks.values import grouped

#: So many steps in a row must say the same.
_STEPS: Final = 10
#: So many with the same ratio are enough for a unit, or another time step, and hold for the agent from then on.
_SURE: Final = 5
#: Further off than both counts: what another clock, slip and rounding make, in m/s, and as a part of the speed.
_OFF: Final = 1.0
_PART: Final = 0.25


class _Speed(NamedTuple):
    """m/s, as sent and as moved."""

    sent: float
    moved: float

    @property
    def off(self) -> float:
        """By how much too fast it was sent; negative for too slow, 0 where that is not much."""
        difference = self.sent - self.moved
        return difference if abs(difference) > max(_OFF, _PART * self.moved) else 0.0


def _is_explained(ratio: float) -> bool:
    return unit_of(ratio) is not None or looks_like_another_time_step(ratio)


class SpeedOffItsWay(Check):
    """An agent does not move at the speed that it is sent with.

    Why: all around it brake and give way by the speed, and meet it elsewhere. One that is sent with 0 and moves is
    taken for a parked car. The value is by how many m/s the speed is off. Reported is what the client itself moves, off
    by more than 1 m/s and a quarter, to the same side, in each of ten steps, where neither a unit (221) nor another
    time step (228) explains it.

    Example: ``AgentState(center=..., orientation=..., speed=0)`` with the speed never filled in; the component of the
    velocity along x in place of its length.

    Mend: ``speed=math.hypot(velocity.x, velocity.y)`` in m/s, negative in reverse, of the same moment as the place.
    """

    code = 230
    name = "speed-off-its-way"
    severity = Severity.WARNING
    help = "Send the speed in m/s that the agent moves at, of the same moment as its place."
    unit = "m/s"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._rows = Streaks[tuple[Motion, _Speed]](_STEPS)
        self._speeds = Speeds(run, _SURE)
        self._explained = Remembered[float]()

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that have moved otherwise for some steps."""
        explained = {agent: ratio for agent, ratio, _ in self._speeds.steady(view) if _is_explained(ratio)}
        exchanged = compared(self.run, view).reordered
        for move in motions(self.run, view):
            if move.agent in explained:
                self._explained.set(view, move.who, explained[move.agent])
            if not move.is_timed or move.agent in exchanged or self._explained.get(view, move.who) is not None:
                continue
            moved = move.distance / TIME_STEP_S
            # Of the speeds before and after the way, the one that fits it better: the other may be the mistake's end.
            speed = min((_Speed(abs(one[3]), moved) for one in (move.before, move.after)), key=lambda one: abs(one.off))
            if not speed.off or max(speed) > FASTEST:
                continue
            row = self._rows.add(view, move.who, (move, speed))
            if len(row) == _STEPS and _is_off([one for _, one in row], *(row[end][0] for end in (0, -1))):
                said = f"agent {move.agent} is sent with {grouped(speed.sent)} m/s, and moves at {grouped(moved)} m/s"
                yield self.finding(view, said, (move.agent,), speed.off, since=max(view.index - _STEPS, 0))


def _is_off(speeds: Sequence[_Speed], first: Motion, last: Motion) -> bool:
    """Whether speeds are off to the same side, on the whole too: noise makes ways longer, but leads nowhere."""
    if len({one.off > 0 for one in speeds}) > 1:
        return False
    whole = math.dist(first.before[:2], last.after[:2]) / (TIME_STEP_S * len(speeds))
    sent = fmean(one.sent for one in speeds)
    if speeds[0].off < 0 and not _Speed(sent, whole).off:
        return False
    return not (all(one.moved for one in speeds) and _is_explained(median(one.sent / one.moved for one in speeds)))
