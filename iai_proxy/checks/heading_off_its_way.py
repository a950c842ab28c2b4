"""Check 229, heading-off-its-way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from iai_proxy.checks.comparison import compared
from iai_proxy.checks.headings import BACKWARDS, MISTAKES, OFF, STEPS, WAY_M, Degrees, headed
from iai_proxy.checks.model import Check, Finding, RunView, Severity, StepView
from iai_proxy.checks.motion import motions
from iai_proxy.checks.streaks import Streaks
from iai_proxy.checks.values import grouped

#: Slower than this in m a step agents may go sideways, but backwards with a positive speed they do not ...
_SLOW_M: Final = WAY_M
#: ... for so many steps, from this on.
_SLOW_STEPS: Final = 6
_SLOWEST_M: Final = 0.1


class HeadingOffItsWay(Check):
    """An agent does not go where it heads.

    Why: the model takes the heading for where the agent will be next, and so do all around it: they give way to one
    that is not coming, and are run into by one that is. The value is the angle between the two, in rad. Reported is
    what the client moves, at 3 m/s and more in five steps, more than 45 degrees off its heading; and what it moves
    backwards, at 1 m/s and more in six steps, with a speed that is not negative.

    Example: CARLA's or Unreal's yaw with the y axis of the API, which points the other way; a compass course (0 is
    north, clockwise); ``math.atan2(x, y)``.

    Mend: orientations count from the x axis towards the y axis: ``math.atan2(dy, dx)``. Mirror y and heading both, or
    neither. In reverse the orientation stays where the front is, and the speed is negative.
    """

    code = 229
    name = "heading-off-its-way"
    severity = Severity.WARNING
    help = (
        "Send orientations that count from the x axis to the y axis (math.atan2(dy, dx)), in reverse a negative speed."
    )
    unit = "rad"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._degrees = Degrees(run)
        self._fast = Streaks[int](STEPS)
        self._slow = Streaks[int](_SLOW_STEPS)
        self._looks = Streaks[frozenset[str]](1)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that have gone elsewhere for some steps."""
        in_degrees = self._degrees.angles(view)  # 220's
        exchanged = compared(self.run, view).reordered
        for move in motions(self.run, view):
            if not move.is_timed or move.agent in in_degrees or move.agent in exchanged:
                continue
            now = headed(move)
            looks = now.looks()
            row = None
            if now.off > OFF and move.distance > _SLOW_M:
                row, steps = self._fast.add(view, move.who, view.index).latest, STEPS
            elif now.off > math.pi - OFF and move.distance > _SLOWEST_M:
                looks |= {BACKWARDS}  # with the wheels turned hard its centre goes as far off as that
                row, steps = self._slow.add(view, move.who, view.index).latest, _SLOW_STEPS
            if row is None:
                self._fast.end(view, move.who)
                self._slow.end(view, move.who)
                continue
            known = self._looks.last(view, move.who)
            looks = looks if known is None else looks & known
            self._looks.add(view, move.who, looks)
            if len(row) == steps:
                said = f"agent {move.agent} heads {grouped(now.off)} rad off the way that it goes"
                if looks:  # on a straight road there may be several
                    said += f": this looks like {', or '.join(one for one in MISTAKES if one in looks)}"
                since = max(row[0] - 1, 0)
                yield self.finding(view, said, (move.agent,), now.off, since=since, kind="off")
