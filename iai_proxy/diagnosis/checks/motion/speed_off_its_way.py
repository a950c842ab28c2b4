"""Check 230, speed-off-its-way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Final, NamedTuple

from iai_proxy.api.limits import FASTEST, TIME_STEP_S
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.motion import Motion, motions, since_of
from iai_proxy.diagnosis.checks.motion.speeds import Explained, time_step_of, unit_of
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks
from iai_proxy.diagnosis.wording import grouped

#: So many steps in a row must say the same.
_STEPS: Final = 10
#: Where a unit or a time step may be the reason, the checks of these have so many steps more to be
#: sure.
_WAITED: Final = 5
#: Further off than both counts: what another clock, slip and rounding make, in m/s, and as a part
#: of the speed.
_OFF: Final = 1.0
_PART: Final = 0.25


class _Way(NamedTuple):
    """An agent's motion beside its speed.

    Attributes:
        sent: m/s: of the speeds before and after, the one that fits better, as the other may be the
            mistake's end.
        mean: of both, m/s.
    """

    motion: Motion
    sent: float
    mean: float

    @property
    def moved(self) -> float:
        """m/s."""
        return self.motion.distance / TIME_STEP_S


def _off(sent: float, moved: float) -> float:
    """By how much a speed is too fast, m/s; negative for too slow, 0 where that is not much."""
    return sent - moved if abs(sent - moved) > max(_OFF, _PART * moved) else 0.0


def _way(motion: Motion) -> _Way:
    moved = motion.distance / TIME_STEP_S
    before, after = abs(motion.before[3]), abs(motion.after[3])
    return _Way(
        motion, min((before, after), key=lambda one: abs(one - moved)), (before + after) / 2
    )


class SpeedOffItsWay(Check):
    """An agent does not move at the speed that it is sent with.

    Why: all around it brake and give way by the speed, and meet it elsewhere. One that is sent with
        0 and moves is
    taken for a parked car. The value is by how many m/s the speed is too high; negative where it is
    too low. Reported is what the client itself moves, at up to 70 m/s, off by more than 1 m/s and a
    quarter, to the same side, in each of ten steps and on the whole of them, where neither a unit
    (221) nor another time step (228) is told.

    Example: ``AgentState(center=..., orientation=..., speed=0)`` with the speed never filled in;
        the component of the
    velocity along x in place of its length.

    Fix: ``speed=math.hypot(velocity.x, velocity.y)`` in m/s, negative in reverse, of the same
        moment as the place.
    """

    code = 230
    name = "speed-off-its-way"
    severity = Severity.WARNING
    help = "Send the speed in m/s that the agent moves at, of the same moment as its place."
    unit = "m/s"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._rows = Streaks[_Way](_STEPS + _WAITED)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that have moved otherwise for some steps."""
        others = {*compared(self.run, view).reordered, *self.run.shared(Explained).at(view)}
        for move in motions(self.run, view):
            if not move.is_timed or move.agent in others:
                continue
            way = _way(move)
            off = _off(way.sent, way.moved)
            if not off or max(way.sent, way.moved) > FASTEST:
                continue
            row = list(self._rows.add(view, move.who, way, move.place))
            guess = _guess(row)
            row = row[-(_STEPS + _WAITED if guess else _STEPS) :]
            if len(row) >= (_STEPS + _WAITED if guess else _STEPS) and _is_off(row):
                sent, moved = grouped(way.sent), grouped(way.moved)
                said = f"agent {move.agent} is sent with {sent} m/s, and moves at {moved} m/s"
                yield self.finding(
                    view,
                    said,
                    (move.agent,),
                    off,
                    since=since_of([one.motion for one in row]),
                    guess=guess,
                )


def _is_off(row: Sequence[_Way]) -> bool:
    """Whether speeds are off to one side, and on the whole too: noise makes ways longer, but leads nowhere."""
    offs = [
        *(_off(one.sent, one.moved) for one in row),
        _off(fmean([one.sent for one in row]), _straight(row)),
    ]
    return all(one > 0 for one in offs) or all(one < 0 for one in offs)


def _straight(row: Sequence[_Way]) -> float:
    """How fast an agent has come from where it was to where it is, m/s."""
    return math.dist(row[0].motion.before[:2], row[-1].motion.after[:2]) / (TIME_STEP_S * len(row))


def _guess(row: Sequence[_Way]) -> str:
    """Name the unit or the time step that may be the reason, though it is not sure enough for 221 or 228."""
    latest = row[-_STEPS:]
    names = {_reason(half) for half in (latest[: _STEPS // 2], latest[_STEPS // 2 :])}
    return names.pop() if len(names) == 1 else ""


def _reason(row: Sequence[_Way]) -> str:
    moved = _straight(row) if row else 0.0
    if not moved:
        return ""
    ratio = fmean([one.mean for one in row]) / moved
    time_step = time_step_of(ratio)
    return unit_of(ratio) or (
        "" if time_step is None else f"steps of {grouped(time_step)} s, not 0.1 s"
    )
