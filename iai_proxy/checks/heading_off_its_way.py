"""Check 229, heading-off-its-way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from iai_proxy.checks.model import Check, Finding, RunView, Severity, StepView
from iai_proxy.checks.motion import Motion, motions
from iai_proxy.checks.streaks import Streaks
from iai_proxy.checks.values import grouped

#: So many steps in a row must say the same.
_STEPS: Final = 5
#: From this way in one step on, m, its direction says where an agent is headed: 3 m/s. Who parks is slower.
_WAY_M: Final = 0.3
#: Further than this from its heading, rad, nobody goes but who spins: tight turns and drifts are within it.
_OFF: Final = math.pi / 4
#: Within this, rad, headings are explained by a mistake.
_SPREAD: Final = 0.35
#: What it looks like, and the heading that was meant.
_MISTAKES: Final[tuple[tuple[str, Callable[[float], float]], ...]] = (
    ("a y axis that points the other way", lambda heading: -heading),
    ("a compass course", lambda heading: math.pi / 2 - heading),
    ("its rear taken for its front, or reversing without a negative speed", lambda heading: heading + math.pi),
    ("a quarter turn too much", lambda heading: heading - math.pi / 2),
    ("a quarter turn too little", lambda heading: heading + math.pi / 2),
)


class _Headed(NamedTuple):
    """Where an agent heads, and where it goes, rad."""

    heading: float
    way: float


class HeadingOffItsWay(Check):
    """An agent does not go where it heads.

    Why: the model takes the heading for where the agent will be next, and so do all around it: they give way to one
    that is not coming, and are run into by one that is. The value is the angle between the two, in rad. Reported is
    what the client moves by 0.3 m and more in each of five steps, more than 45 degrees off its heading. Reversing is
    a negative speed.

    Example: CARLA's or Unreal's yaw with the y axis of the API, which points the other way; a compass course (0 is
    north, clockwise); ``math.atan2(x, y)``.

    Mend: orientations count from the x axis towards the y axis: ``math.atan2(dy, dx)``. Mirror y and heading both, or
    neither.
    """

    code = 229
    name = "heading-off-its-way"
    severity = Severity.WARNING
    help = "Send orientations that count from the x axis towards the y axis; mirror y and heading both, or neither."
    unit = "rad"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._headed = Streaks[_Headed](_STEPS)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that have gone elsewhere for some steps."""
        for move in motions(self.run, view):
            if not move.is_timed:
                continue
            headed = _headed(move)
            if headed is None or _off(headed) < _OFF:
                self._headed.end(view, move.who)
            elif latest := self._headed.add(view, move.who, headed):
                said = f"agent {move.agent} heads {grouped(_off(headed))} rad off the way that it goes"
                yield self.finding(view, f"{said}{_explained(latest)}", (move.agent,), _off(headed))


def _headed(move: Motion) -> _Headed | None:
    """Return where an agent heads and goes; None where that is not known, or another check's: degrees."""
    if move.distance < _WAY_M:
        return None
    way = move.direction + (math.pi if move.after[3] < 0 else 0.0)
    # In a turn the heading before, the one after, or one in between is that of the way.
    found = min((_Headed(one[2], way) for one in (move.before, move.after)), key=_off)
    is_degrees = abs(found.heading) > math.tau and _off(_Headed(math.radians(found.heading), way)) < _OFF
    return None if is_degrees else found


def _off(headed: _Headed) -> float:
    return abs(math.remainder(headed.heading - headed.way, math.tau))


def _explained(latest: Sequence[_Headed]) -> str:
    """Name the mistakes that would explain all of it; on a straight road there may be several."""
    fit = [
        said
        for said, mended in _MISTAKES
        if all(_off(_Headed(mended(one.heading), one.way)) < _SPREAD for one in latest)
    ]
    return f": this looks like {', or '.join(fit)}" if fit else ""
