"""Check 229, heading-off-its-way."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.degrees import Degrees
from iai_proxy.diagnosis.checks.motion.headings import (
    BACKWARDS,
    MISTAKES,
    OFF,
    STEPS,
    looks_like,
    off,
)
from iai_proxy.diagnosis.checks.motion.jumps import Jumps
from iai_proxy.diagnosis.checks.motion.motion import HEADED_WAY_M, Motion, motions
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks
from iai_proxy.diagnosis.values import sizes
from iai_proxy.diagnosis.wording import grouped

#: From this on, m, the way from an earlier place to the present one says where an agent goes ...
_FAR_M: Final = 1.5
#: ... if it took no more steps than this.
_TRAIL: Final = 30
#: What is seen at one step must go the same way as at the previous step, within this, rad: noise
#: does not.
_SAME_WAY: Final = 0.5
#: Beyond the first steps, which agree, so many of all may be none that a mistake explains.
_NOISY: Final = 0.1
_PEDESTRIAN: Final = "pedestrian"


class _Off(NamedTuple):
    """An agent that heads elsewhere than it goes.

    Attributes:
        since: a step.
        heading: rad; ``way`` where it goes, or comes from where its speed says that it goes
            backwards.
        is_reverse: whether its speed says that.
        steps: how many agree so far, this and those before it.
        looks: at how many of these each mistake would explain it.
    """

    since: int
    heading: float
    way: float
    is_reverse: bool
    steps: int
    looks: Mapping[str, int]

    def explained_by(self, mistake: str) -> bool:
        """Whether a mistake explains it, a noisy heading now and then apart."""
        return self.steps - self.looks.get(mistake, 0) <= math.ceil((self.steps - STEPS) * _NOISY)


class HeadingOffItsWay(Check):
    """An agent does not go where it heads.

    Why: the model takes the heading for where the agent will be next, and so do all around it: they
        give way to one
    that is not coming, and are run into by one that is. The value is the angle between the two, in
    rad. Reported is what the client moves more than 45 degrees off all the headings that it had on
    the latest 1.5 m, in five steps one after another; of pedestrians, who may go sideways, from 3
    m/s on. Reversing is a negative speed.

    Example: CARLA's or Unreal's yaw with the y axis of the API, which points the other way; a
        compass course (0 is
    north, clockwise); ``math.atan2(x, y)``; a heading that is never filled in.

    Fix: orientations count from the x axis towards the y axis: ``math.atan2(dy, dx)``. Mirror y
        and heading both, or
    neither. In reverse the orientation stays where the front is, and the speed is negative.
    """

    code = 229
    name = "heading-off-its-way"
    severity = Severity.WARNING
    help = "Send orientations that count from the x axis to the y axis (math.atan2(dy, dx)), in reverse a negative speed."
    unit = "rad"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._trails = Streaks[Motion](_TRAIL)
        self._rows = Streaks[_Off](STEPS)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that have gone elsewhere for some steps."""
        in_degrees = self.run.shared(Degrees).at(view)  # 220's
        # Who was put elsewhere has not gone there: its way begins anew.
        put = {*compared(self.run, view).reordered, *self.run.shared(Jumps).at(view)}
        for move in motions(self.run, view):
            if not move.is_timed or move.agent in in_degrees or move.agent in put:
                continue
            now = self._off(view, move)
            if now is None:
                continue
            row = self._rows.add(view, move.who, now, move.place)
            if len(row) == STEPS and all(
                off(one.way, other.way) < _SAME_WAY for one, other in itertools.pairwise(row)
            ):
                angle = off(now.heading, now.way)
                said = f"agent {move.agent} heads {grouped(angle)} rad away from the direction in which it moves"
                yield self.finding(
                    view, said, (move.agent,), angle, since=row[0].since, guess=_guess(row)
                )

    def _off(self, view: StepView, move: Motion) -> _Off | None:
        """Say where an agent heads and goes, if these are apart; None where they are not, or it has not gone far."""
        trail = self._trails.add(view, move.who, move, move.place)
        reverse, headings, steps = move.after[3] < 0, [move.after[2]], 0
        for one in reversed(trail):
            steps += 1
            headings.append(one.before[2])
            if (one.before[3] < 0) != reverse:
                return None
            way = math.dist(one.before[:2], move.after[:2])
            if way >= _FAR_M:
                break
        else:
            return None
        direction = (
            math.atan2(move.after[1] - one.before[1], move.after[0] - one.before[0])
            + math.pi * reverse
        )
        if min(off(heading, direction) for heading in headings) <= OFF:
            return None
        if way < HEADED_WAY_M * steps and _kind(view, move.agent) == _PEDESTRIAN:
            return None
        heading, before = (
            headings[len(headings) // 2],
            self._rows.before(view, move.who, move.place),
        )
        looks = Counter(before.looks if before else ())
        looks.update(looks_like(heading, direction))
        return _Off(
            one.since, heading, direction, reverse, before.steps + 1 if before else 1, looks
        )


def _guess(row: Sequence[_Off]) -> str:
    """Say what it looks like; on a straight road there may be several explanations."""
    if row[-1].explained_by(BACKWARDS) and all(
        one.is_reverse for one in row
    ):  # whatever else it may be there
        return "a negative speed of one that goes forwards"
    never = ["a heading that is never filled in"] if all(one.heading == 0 for one in row) else []
    return ", or ".join([*filter(row[-1].explained_by, MISTAKES), *never])


def _kind(view: StepView, agent: int) -> str:
    properties = view.sent_properties
    return sizes(properties[agent])[3] if agent < len(properties) else ""
