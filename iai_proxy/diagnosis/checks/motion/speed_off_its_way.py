"""Check 230, speed-off-its-way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean

from iai_proxy.api.limits import FASTEST, TIME_STEP_S
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.motion import Motion, motions, since_of, straight_m
from iai_proxy.diagnosis.checks.motion.speeds import Speeds, ratio_of, time_step_of, unit_of
from iai_proxy.diagnosis.checks.motion.thresholds import (
    MANY_STEPS,
    WRONG_SPEED,
    WRONG_SPEED_PART,
)
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks
from iai_proxy.diagnosis.wording import grouped


class SpeedOffItsWay(Check):
    """An agent does not move at the speed that it is sent with.

    Why: all agents around it brake and give way by its speed, and meet it elsewhere. If it is sent
    with 0 and moves, they take it for a parked car. The value is by how many m/s the speed is too
    high; negative if it is too low. Agents that the client itself moves, at up to 70 m/s, are
    reported if the speed is off by more than 1 m/s and a quarter, to the same side, in each of ten
    steps and on the whole of them, and neither a unit (221) nor another time step (228) explains
    it.

    Example: ``AgentState(center=..., orientation=..., speed=0)`` with the speed never filled in;
    the component of the velocity along x instead of its length.

    Fix: ``speed=math.hypot(velocity.x, velocity.y)`` in m/s, negative in reverse, of the same
    moment as the position.
    """

    code = 230
    name = "speed-off-its-way"
    severity = Severity.WARNING
    help = "Send the speed in m/s that the agent moves at, of the same moment as its position."
    unit = "m/s"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._streaks = Streaks[Motion](MANY_STEPS)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that have moved at another speed for some steps."""
        skipped = {*compared(self.run, view).reordered, *self.run.shared(Speeds).explained(view)}
        for motion in motions(self.run, view):
            sent, moved = _speeds(motion)
            off = _off(sent, moved)
            is_checked = motion.is_timed and motion.agent not in skipped
            if not is_checked or not off or max(sent, moved) > FASTEST:
                continue
            streak = self._streaks.add(view, motion.key, motion, motion.place)
            if len(streak) == MANY_STEPS and _is_off(streak) and not _is_explained(streak):
                is_sent = f"agent {motion.agent} is sent with {grouped(sent)} m/s"
                yield self.finding(
                    view,
                    f"{is_sent}, and moves at {grouped(moved)} m/s",
                    (motion.agent,),
                    off,
                    since=since_of(streak),
                )


def _speeds(motion: Motion) -> tuple[float, float]:
    """Return the speeds sent and moved, m/s.

    Of the speeds sent before and after, the one that fits better: at the first and last step of a
    mistake, the other is right.
    """
    moved = motion.distance / TIME_STEP_S
    sent = abs(motion.before[3]), abs(motion.after[3])
    return min(sent, key=lambda speed: abs(speed - moved)), moved


def _off(sent: float, moved: float) -> float:
    """Return by how much a speed is too high, m/s; 0 if that is not much."""
    difference = sent - moved
    return difference if abs(difference) > max(WRONG_SPEED, WRONG_SPEED_PART * moved) else 0.0


def _is_off(streak: Sequence[Motion]) -> bool:
    """Return whether all speeds are off to one side, and so is the whole, where noise cancels."""
    speeds = [_speeds(motion) for motion in streak]
    moved = straight_m(streak) / (TIME_STEP_S * len(streak))
    offs = [_off(*pair) for pair in [*speeds, (fmean(sent for sent, _ in speeds), moved)]]
    return all(off > 0 for off in offs) or all(off < 0 for off in offs)


def _is_explained(streak: Sequence[Motion]) -> bool:
    ratio = ratio_of(streak)
    return unit_of(ratio) is not None or time_step_of(ratio) is not None
