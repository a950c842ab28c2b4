"""Whose orientations are in degrees."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from iai_proxy.checks.comparison import compared
from iai_proxy.checks.model import RunView, StepView
from iai_proxy.checks.motion import Motion, motions
from iai_proxy.checks.streaks import Remembered
from iai_proxy.checks.values import sent_states, state

#: A program that wraps angles to 0 to 2 pi may be off by this, rad.
_ROUNDING: Final = 0.01
_TWO_TURNS: Final = 2 * math.tau
_SEVERAL: Final = 2
#: No vehicle turns by more than this in a step, rad: 115 degrees a second.
_TURN: Final = 0.2
#: From this way in one step on, m, its direction says where an agent is headed: 3 m/s.
WAY_M: Final = 0.3
#: A car's way differs from its heading by less than this, rad, even where it skids.
_SKID: Final = 0.35
#: Within this, rad, headings are explained by a mistake.
_SPREAD: Final = 0.35
#: Further than this from its heading, rad, nobody goes but who spins: tight turns and drifts are within it.
OFF: Final = math.pi / 4
#: So many steps in a row must say the same.
STEPS: Final = 5
BACKWARDS: Final = "its rear taken for its front, or reversing without a negative speed"
_DEGREES: Final = "degrees"
#: What a heading looks like that is none of the way, and the heading that was meant.
MISTAKES: Final[dict[str, Callable[[float], float]]] = {
    "a y axis that points the other way": lambda heading: -heading,
    "an x axis that points the other way": lambda heading: math.pi - heading,
    "a compass course": lambda heading: math.pi / 2 - heading,
    BACKWARDS: lambda heading: heading + math.pi,
    "a quarter turn too much": lambda heading: heading - math.pi / 2,
    "a quarter turn too little": lambda heading: heading + math.pi / 2,
    _DEGREES: math.radians,
}


def off(heading: float, way: float) -> float:
    """Return the angle between where an agent heads and where it goes, 0 to pi; all in rad."""
    return abs(math.remainder(heading - way, math.tau))


def looks_like(heading: float, way: float) -> frozenset[str]:
    """Name the mistakes that would explain a heading that is off its way."""
    return frozenset(said for said, mended in MISTAKES.items() if off(mended(heading), way) < _SPREAD)


def _way(move: Motion) -> float:
    return move.direction + (math.pi if move.after[3] < 0 else 0.0)  # a negative speed is reverse


def _fits(move: Motion, read: Callable[[float], float]) -> bool:
    """Whether an agent goes where it heads, as its headings are read. In a turn one of both is that of the way."""
    return any(off(read(one[2]), _way(move)) < _SKID for one in (move.before, move.after))


class _Known(NamedTuple):
    """What an agent's angles have said so far.

    Attributes:
        angle: the latest.
        is_counted: whether it came from within one turn in steps of less than half a turn, as where turns are counted.
        in_degrees: what its ways have said; None for nothing yet.
        misfits: at so many steps in a row it went where it did not head, in radians.
        looks: what explains all its small angles that were off its way; ``off_for`` so many steps in a row.
    """

    angle: float = 0.0
    is_counted: bool = False
    in_degrees: bool | None = None
    misfits: int = 0
    looks: frozenset[str] = frozenset(MISTAKES)
    off_for: int = 0


class Degrees:
    """Tells degrees from radians by where agents go, and by what was known of them before.

    Angles over one turn decide: as radians, or as degrees, they must be where the agent goes. Where both or neither
    fit, what was known holds; and before anything is known, angles over two turns, or several over one, are degrees,
    unless the agent's turns have been counted up to there. Smaller angles are degrees where nothing else explains them.
    """

    def __init__(self, run: RunView) -> None:
        self._run = run
        self._known = Remembered[_Known]()

    def angles(self, view: StepView) -> Mapping[int, float]:
        """Return the angles in degrees among the states that the client made, by agent. Once for each step."""
        comparison, states = compared(self._run, view), sent_states(view)
        made = {agent: read[2] for agent in comparison.made if (read := state(states[agent])) is not None}
        if not made:
            return {}
        moves = {move.agent: move for move in motions(self._run, view)}
        several = sum(map(_is_large, made.values())) >= _SEVERAL
        found = {}
        for agent, angle in made.items():
            who, move = comparison.who[agent], moves.get(agent)
            known = _learnt(self._known.get(view, who), angle, move if move and move.distance > WAY_M else None)
            self._known.set(view, who, known)
            is_odd = not known.is_counted and (abs(angle) > _TWO_TURNS or (several and _is_large(angle)))
            if is_odd if known.in_degrees is None else known.in_degrees:
                found[agent] = angle
        return found


def _is_large(angle: float) -> bool:
    return abs(angle) > math.tau + _ROUNDING


def _learnt(before: _Known | None, angle: float, move: Motion | None) -> _Known:
    """Add what one angle says, and the way that it goes with, if there is one that is long enough."""
    known = before or _Known()
    if not _is_large(angle):
        known = known._replace(angle=angle, is_counted=True, misfits=0)
        return known if move is None or not move.is_timed else _small(known, move)
    counted = known.is_counted and abs(angle - known.angle) < math.pi
    turned = abs(angle - known.angle)
    known = known._replace(angle=angle, is_counted=counted)
    if move is None:
        return known
    radians, degrees = _fits(move, float), _fits(move, math.radians)
    # Who skids, or goes backwards without a negative speed, has counted its turns all the same for a while.
    misfits = 0 if radians else known.misfits + 1
    counted = counted and misfits < STEPS
    verdict = known.in_degrees
    if degrees and not radians:
        verdict = verdict is not False or not counted
    elif verdict is None and radians:
        # Where the angle jumps by more than anything turns in a step, it fits by chance.
        verdict = not counted if degrees else False if counted or turned < _TURN else None
    elif verdict is None and not counted and abs(angle) > _TWO_TURNS:
        verdict = True
    return known._replace(is_counted=counted, in_degrees=verdict, misfits=misfits)


def _small(known: _Known, move: Motion) -> _Known:
    heading, way = move.after[2], _way(move)
    if min(off(one[2], way) for one in (move.before, move.after)) < OFF:
        mended = off(heading, way) < _SKID <= off(math.radians(heading), way)
        return known._replace(off_for=0, in_degrees=None if mended else known.in_degrees)
    looks, off_for = known.looks & looks_like(heading, way), known.off_for + 1
    if looks == {_DEGREES} and off_for >= STEPS and known.in_degrees is None:
        return known._replace(in_degrees=True)
    return known._replace(looks=looks, off_for=off_for)
