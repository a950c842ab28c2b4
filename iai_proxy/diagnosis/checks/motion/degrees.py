"""Which agents' orientations are in degrees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple

from iai_proxy.diagnosis.checks.motion.headings import DEGREES, looks_like, off
from iai_proxy.diagnosis.checks.motion.motion import Motion, motions
from iai_proxy.diagnosis.checks.motion.thresholds import (
    CLEAR_WAY_M,
    FEW_STEPS,
    FITS,
    FITS_CLOSELY,
    OFF,
    ONE_TURN,
    TWO_TURNS,
)
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.streaks import BranchMemory, Streaks
from iai_proxy.diagnosis.values import state


class _Unit(Enum):
    RADIANS = auto()
    DEGREES = auto()


class _Verdict(NamedTuple):
    """What one motion says, and since which step."""

    unit: _Unit
    since: int


class Angle(NamedTuple):
    """An orientation in degrees, and the step since which the agent's orientations are."""

    value: float
    since: int


class Degrees(PerStep[Mapping[int, Angle]]):
    """The orientations in degrees among the states that the client made, by agent.

    A motion of 0.3 m or more gives a verdict on the orientation at its end:

    ======================  ==========================  =========
    as radians              as degrees                  verdict
    ======================  ==========================  =========
    fits the way            does not fit                radians
    is off the way          fits (closely, see below)   degrees
    any other combination                               none
    ======================  ==========================  =========

    Within one turn, degrees must fit closely, and be the only explanation for the orientation.

    From these follows the unit of an agent, which holds until something else is shown:

    ==============================================================  ============
    what is shown                                                   unit
    ==============================================================  ============
    the first angle is within one turn                              radians
    five verdicts in a row                                          as they say
    half a turn or more in one step, to an angle over one turn      unknown
    unit unknown, angle over one turn, verdict degrees              degrees
    unit unknown, angle over two turns, verdict not radians         degrees
    ==============================================================  ============

    So the unit of agents that count their turns is known when they come to large angles. Reported
    are agents in degrees, except for angles within one turn that fit the way as radians, or of
    agents that stand: such angles may be right.
    """

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._units = BranchMemory[_Unit | None]()
        self._verdicts = Streaks[_Verdict](FEW_STEPS)

    def _work_out(self, view: StepView) -> Mapping[int, Angle]:
        comparison = compared(self.run, view)
        before = self._units.at(view)
        if not comparison.made:
            self._units.keep(view, before)
            return {}
        units = {key: before[key] for key in comparison.who if key in before}
        since: dict[int, int] = {}
        latest: dict[int, Motion] = {}
        for motion in motions(self.run, view):
            unit = units.get(motion.key, _first_unit(motion.after[2]))
            units[motion.key], since[motion.agent] = self._learn(view, motion, unit)
            latest[motion.agent] = motion
        found = {}
        for agent in comparison.made:
            if (read := state(view.sent_states[agent])) is None:
                continue
            key, angle, last = comparison.who[agent], read[2], latest.get(agent)
            unit = units.get(key, _first_unit(angle))
            if unit is None and abs(angle) > TWO_TURNS and _verdict(last) is not _Unit.RADIANS:
                unit = _Unit.DEGREES
            units[key] = unit
            if unit is _Unit.DEGREES and _is_wrong(angle, last):
                found[agent] = Angle(angle, since.get(agent, view.index))
        self._units.keep(view, units)
        return found

    def _learn(
        self, view: StepView, motion: Motion, unit: _Unit | None
    ) -> tuple[_Unit | None, int]:
        """Return the unit that is known after a motion, and since which step it shows."""
        is_large = _is_large(motion.after[2])
        if unit is _Unit.RADIANS and is_large and abs(motion.turn) >= math.pi:
            unit = None
        verdict = _verdict(motion)
        if verdict is None:
            return unit, view.index
        streak = self._verdicts.add(view, motion.key, _Verdict(verdict, view.index), motion.place)
        if unit is None and is_large and verdict is _Unit.DEGREES:
            return verdict, view.index
        is_certain = len(streak) == FEW_STEPS and {step.unit for step in streak} == {verdict}
        if is_certain and verdict is not unit:
            return verdict, streak[0].since
        return unit, view.index


def _first_unit(angle: float) -> _Unit | None:
    """Return the unit that the first angle of an agent suggests."""
    return None if _is_large(angle) else _Unit.RADIANS


def _verdict(motion: Motion | None) -> _Unit | None:
    """Return what the way says about the orientation at its end."""
    if motion is None or motion.distance <= CLEAR_WAY_M:
        return None
    angle, way = motion.after[2], motion.way
    as_radians, as_degrees = off(angle, way), off(math.radians(angle), way)
    if as_radians < FITS:
        return _Unit.RADIANS if as_degrees >= FITS else None
    if as_radians <= OFF:
        return None
    if _is_large(angle):
        return _Unit.DEGREES if as_degrees < FITS else None
    is_explained = as_degrees < FITS_CLOSELY and looks_like(angle, way) == {DEGREES}
    return _Unit.DEGREES if is_explained else None


def _is_wrong(angle: float, motion: Motion | None) -> bool:
    """Return whether an angle of an agent in degrees is one that radians can't be."""
    if _is_large(angle):
        return True
    if motion is None or motion.distance <= CLEAR_WAY_M:
        return False
    return off(angle, motion.way) >= FITS


def _is_large(angle: float) -> bool:
    return abs(angle) > ONE_TURN
