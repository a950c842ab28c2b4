"""Whose orientations are in degrees."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from iai_proxy.diagnosis.checks.motion.headings import DEGREES, OFF, STEPS, looks_like, off
from iai_proxy.diagnosis.checks.motion.motion import HEADED_WAY_M, Motion, motions
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.streaks import BranchMemory, Streaks
from iai_proxy.diagnosis.values import state

#: A program that wraps angles to 0 to 2 pi may be off by this, rad.
_ROUNDING: Final = 0.01
_TWO_TURNS: Final = 2 * math.tau
_SEVERAL: Final = 2
#: No vehicle turns by more than this in a step, rad: 115 degrees a second.
_TURN: Final = 0.2
#: No vehicle that is mended turns by more than this in that very step, rad: whatever fits by chance
#: is further off.
_MENDED: Final = 0.05
#: A car's way differs from its heading by less than this, rad, even where it skids.
_SKID: Final = 0.35
#: How far apart an agent's way and its heading stay the same within this, rad, or the heading is of
#: something else.
_DRIFT: Final = 0.1
#: By so much, rad, one reading must fit better than the other, at several steps.
_CLEARLY: Final = 0.03


class _Known(NamedTuple):
    """What an agent's angles have said so far, whatever happened in between.

    Attributes:
        angle: the latest.
        is_counted: whether it came from within one turn in steps of less than half a turn, as where
            turns are counted.
        in_degrees: what its ways have said; None for nothing yet.
        since: the first of the steps that said so just now, where several had to; None later on.
    """

    angle: float
    is_counted: bool = False
    in_degrees: bool | None = None
    since: int | None = None


class _Look(NamedTuple):
    """What a heading looks like that is off its way, and how far off it is, in rad, if it is in degrees."""

    looks: frozenset[str]
    slip: float
    since: int


class Angle(NamedTuple):
    """An orientation in degrees, and since which step its agent's have shown to be so, as far as one can tell now."""

    value: float
    since: int


class Degrees(PerStep[Mapping[int, Angle]]):
    """The angles in degrees among the states that the client made, by agent.

    They are told from radians by where agents go, and by what was known of them before. Angles over
    one turn decide: as radians, or as degrees, they must be where the agent goes. Where both or
    neither fit, what was known holds; and before anything is known, angles over two turns, or
    several over one, are degrees, unless the agent's turns have been counted up to there. Smaller
    angles are degrees where nothing else explains them, and are no longer where they fit the way
    clearly better as radians, or are the angle before converted.
    """

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._known = BranchMemory[_Known]()
        self._misfits = Streaks[bool](STEPS)  # large angles that are off the way as radians
        self._fits = Streaks[bool](
            STEPS
        )  # whether small angles fit the way better as radians than as degrees
        self._looks = Streaks[_Look](STEPS)  # small angles that are off the way

    def _work_out(self, view: StepView) -> Mapping[int, Angle]:
        comparison, states = compared(self.run, view), view.sent_states
        made = {
            agent: read[2]
            for agent in comparison.made
            if (read := state(states[agent])) is not None
        }
        before = self._known.at(view)
        if not made:
            self._known.keep(view, before)
            return {}
        moves = {
            move.agent: move for move in motions(self.run, view) if move.distance > HEADED_WAY_M
        }
        several = sum(map(_is_large, made.values())) >= _SEVERAL
        found = {}
        after = {
            who: before[who] for who in comparison.who if who in before
        }  # who has left does not come back
        for agent, angle in made.items():
            who = comparison.who[agent]
            move = moves.get(agent)
            was = before.get(who) or _Known(move.before[2] if move else angle)
            learnt = self._large if _is_large(angle) else self._small
            known = after[who] = learnt(
                view, was._replace(angle=angle, since=None), angle - was.angle, move
            )
            is_odd = not known.is_counted and (
                abs(angle) > _TWO_TURNS or (several and _is_large(angle))
            )
            if is_odd if known.in_degrees is None else known.in_degrees:
                found[agent] = Angle(angle, view.index if known.since is None else known.since)
        self._known.keep(view, after)
        return found

    def _large(self, view: StepView, known: _Known, turned: float, move: Motion | None) -> _Known:
        """Add what an angle over one turn says, and the way that goes with it, if there is one that is long enough."""
        counted, verdict = known.is_counted and abs(turned) < math.pi, known.in_degrees
        if move is None:
            return known._replace(is_counted=counted)
        radians, degrees = _fits(move, float), _fits(move, math.radians)
        # Who skids, or goes backwards without a negative speed, has counted its turns all the same
        # for a while.
        if not radians and len(self._misfits.add(view, move.who, True, move.place)) == STEPS:
            counted = False
        if degrees and not radians:
            verdict = verdict is not False or not counted
        elif verdict is None and radians:
            # Where the angle jumps by more than anything turns in a step, it fits by chance.
            verdict = not counted if degrees else False if abs(turned) < _TURN else None
        return known._replace(is_counted=counted, in_degrees=verdict)

    def _small(self, view: StepView, known: _Known, turned: float, move: Motion | None) -> _Known:
        """Add what an angle within one turn says, likewise."""
        before, known = known.angle - turned, known._replace(is_counted=True)
        if known.in_degrees and _is_mended(before, known.angle):
            known = known._replace(in_degrees=None)
        if move is None:
            return known
        heading, way = move.after[2], _way(move)
        if min(off(one[2], way) for one in (move.before, move.after)) < OFF:
            radians, degrees = off(heading, way), off(math.radians(heading), way)
            better = self._fits.add(view, move.who, degrees - radians > _CLEARLY, move.place)
            mended = degrees > _SKID or (len(better) == STEPS and all(better))
            return known._replace(in_degrees=None) if radians < _SKID and mended else known
        slip = math.remainder(way - math.radians(heading), math.tau)
        row = self._looks.add(
            view, move.who, _Look(looks_like(heading, way), slip, move.since), move.place
        )
        is_clear = len(row) == STEPS and frozenset.intersection(*(one.looks for one in row)) == {
            DEGREES
        }
        # Small angles are smaller still in radians: whoever goes along x goes where these point.
        is_clear = is_clear and max(one.slip for one in row) - min(one.slip for one in row) < _DRIFT
        if not is_clear:
            return known
        return known._replace(in_degrees=True, since=None if known.in_degrees else row[0].since)


def _is_mended(before: float, angle: float) -> bool:
    """Whether an angle that nobody turns by in a step, in degrees, is the one before converted to radians."""
    turned = abs(math.remainder(angle - before, 360.0))
    return turned > math.degrees(_TURN) and off(angle, math.radians(before)) < _MENDED


def _is_large(angle: float) -> bool:
    return abs(angle) > math.tau + _ROUNDING


def _way(move: Motion) -> float:
    return move.direction + (math.pi if move.after[3] < 0 else 0.0)  # a negative speed is reverse


def _fits(move: Motion, read: Callable[[float], float]) -> bool:
    """Whether an agent goes where it heads, as its heading is read."""
    return off(read(move.after[2]), _way(move)) < _SKID
