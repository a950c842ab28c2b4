"""Check 229, heading-off-its-way."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.degrees import Degrees
from iai_proxy.diagnosis.checks.motion.headings import BACKWARDS, MISTAKES, looks_like, off
from iai_proxy.diagnosis.checks.motion.jumps import Jumps
from iai_proxy.diagnosis.checks.motion.motion import Motion, motions
from iai_proxy.diagnosis.checks.motion.thresholds import (
    CLEAR_WAY_M,
    FEW_STEPS,
    FITS,
    NOISE,
    OFF,
    TRAIL_M,
    TRAIL_STEPS,
)
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks
from iai_proxy.diagnosis.values import sizes
from iai_proxy.diagnosis.wording import grouped


class _Off(NamedTuple):
    """A heading that is off the way.

    Attributes:
        since: the step at which that way begins.
        heading: rad.
        way: where the front should point, rad.
        is_reverse: whether the speed says that the agent goes backwards.
        steps: how many in a row are off, including this.
        looks: how many of these each mistake explains.
    """

    since: int
    heading: float
    way: float
    is_reverse: bool
    steps: int
    looks: Mapping[str, int]

    def is_explained_by(self, mistake: str) -> bool:
        """Return whether a mistake explains all headings except for noise."""
        return self.looks.get(mistake, 0) >= (1 - NOISE) * self.steps


class HeadingOffItsWay(Check):
    """An agent does not go where it heads.

    Why: the model and all agents around it take the heading for where the agent will be next: they
    give way to an agent that is not coming, and run into one that is. The value is the angle
    between heading and way, in rad. Agents that the client moves are reported if they go more than
    45 degrees off all the headings that they had on the latest 1.5 m, at five steps in a row;
    pedestrians, who may go sideways, from 3 m/s on. A negative speed means reversing.

    Example: CARLA's or Unreal's yaw with the y axis of the API, which points the other way; a
    compass course (0 is north, clockwise); ``math.atan2(x, y)``; a heading that is never filled in.

    Fix: orientations count from the x axis towards the y axis: ``math.atan2(dy, dx)``. Mirror both
    y and heading, or neither. In reverse the orientation stays where the front is, and the speed is
    negative.
    """

    code = 229
    name = "heading-off-its-way"
    severity = Severity.WARNING
    help = (
        "Send orientations that count from the x axis to the y axis (math.atan2(dy, dx)), in"
        " reverse a negative speed."
    )
    unit = "rad"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._trails = Streaks[Motion](TRAIL_STEPS)
        self._streaks = Streaks[_Off](FEW_STEPS)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that have gone elsewhere for some steps."""
        skipped = {
            *self.run.shared(Degrees).at(view),  # check 220 reports them
            *compared(self.run, view).reordered,  # these were put elsewhere, and did not go there
            *self.run.shared(Jumps).at(view),
        }
        for motion in motions(self.run, view):
            if not motion.is_timed or motion.agent in skipped:
                continue
            now = self._off(view, motion)
            if now is None:
                continue
            streak = self._streaks.add(view, motion.key, now, motion.place)
            if len(streak) == FEW_STEPS and _goes_one_way(streak):
                angle = off(now.heading, now.way)
                heads = f"agent {motion.agent} heads {grouped(angle)} rad away from the direction"
                yield self.finding(
                    view,
                    f"{heads} in which it moves",
                    (motion.agent,),
                    angle,
                    since=streak[0].since,
                    guess=_guess(streak),
                )

    def _off(self, view: StepView, motion: Motion) -> _Off | None:
        """Return where an agent heads and goes, if it has gone far enough and they differ."""
        trail = self._trails.add(view, motion.key, motion, motion.place)
        is_reverse, headings = motion.after[3] < 0, [motion.after[2]]
        for earlier in reversed(trail):
            headings.append(earlier.before[2])
            if (earlier.before[3] < 0) != is_reverse:
                return None
            distance = math.dist(earlier.before[:2], motion.after[:2])
            if distance >= TRAIL_M:
                break
        else:
            return None
        dx, dy = motion.after[0] - earlier.before[0], motion.after[1] - earlier.before[1]
        way = math.atan2(dy, dx) + math.pi * is_reverse
        if min(off(heading, way) for heading in headings) <= OFF:
            return None
        is_slow = distance < CLEAR_WAY_M * (len(headings) - 1)
        if is_slow and _is_pedestrian(view, motion.agent):
            return None
        heading = headings[len(headings) // 2]
        before = self._streaks.before(view, motion.key, motion.place)
        looks = Counter(before.looks if before else ())
        looks.update(looks_like(heading, way))
        steps = before.steps + 1 if before else 1
        return _Off(earlier.since, heading, way, is_reverse, steps, looks)


def _goes_one_way(streak: Iterable[_Off]) -> bool:
    """Return whether an agent goes the same way from step to step, unlike noise."""
    return all(off(before.way, now.way) < FITS for before, now in itertools.pairwise(streak))


def _guess(streak: Sequence[_Off]) -> str:
    """Return what the headings of a streak look like; on a straight road that may be several."""
    mistakes = list(filter(streak[-1].is_explained_by, MISTAKES))
    if BACKWARDS in mistakes and all(step.is_reverse for step in streak):
        return "a negative speed of an agent that goes forwards"
    if all(step.heading == 0 for step in streak):
        mistakes.append("a heading that is never filled in")
    return ", or ".join(mistakes)


def _is_pedestrian(view: StepView, agent: int) -> bool:
    properties = view.sent_properties
    return agent < len(properties) and sizes(properties[agent])[3] == "pedestrian"
