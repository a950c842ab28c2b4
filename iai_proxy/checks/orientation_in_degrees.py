"""Check 220, orientation-in-degrees."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from iai_proxy.checks.comparison import compared
from iai_proxy.checks.model import Check, Finding, Severity, StepView
from iai_proxy.checks.motion import Motion, motions
from iai_proxy.checks.values import grouped, listed, sent_states, state

#: A program that wraps angles to 0 to 2 pi may be off by this, rad.
_ROUNDING: Final = 0.01
_TWO_TURNS: Final = 2 * math.tau
_SEVERAL: Final = 2
#: From this way in one step on, m, its direction says where an agent is headed: 3 m/s.
_WAY_M: Final = 0.3
#: A car's way differs from its heading by less than this, rad, even where it skids.
_SKID: Final = 0.35


class OrientationInDegrees(Check):
    """An orientation that the client sends looks like degrees.

    Why: orientations are radians, 0 along x and pi/2 along y. 90 taken for radians is a heading of 117 degrees: the
    agent stands across its lane, and every other agent reacts to that. The value is the orientation. Where an agent
    moves, the way it goes decides; else angles over two turns (4 pi), or several over one turn, count as degrees: who
    counts turns in radians comes there only after driving in circles.

    Example: ``orientation=actor.get_transform().rotation.yaw`` (CARLA gives degrees).

    Mend: ``math.radians(yaw)``; mind that CARLA's and Unreal's y axis points the other way.
    """

    code = 220
    name = "orientation-in-degrees"
    severity = Severity.ERROR
    help = "Send orientations in radians: math.radians(yaw)."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report orientations of states that the client made."""
        states = sent_states(view)
        made = [(agent, read) for agent in compared(self.run, view).made if (read := state(states[agent])) is not None]
        large = {agent: read[2] for agent, read in made if abs(read[2]) > math.tau + _ROUNDING}
        if not large:
            return
        moves = {move.agent: move for move in motions(self.run, view)}
        found = []
        for agent, angle in large.items():
            move = moves.get(agent)
            verdict = _by_way(move, angle) if move is not None else None
            if verdict is None:
                verdict = abs(angle) > _TWO_TURNS or len(large) >= _SEVERAL
            if verdict:
                found.append(agent)
        if found:
            worst = max(found, key=lambda agent: abs(large[agent]))
            also = f"; so do those of {listed(rest)}" if (rest := [one for one in found if one != worst]) else ""
            said = f"agent {worst}'s orientation is {grouped(large[worst])}: radians are expected"
            yield self.finding(view, f"{said}, this looks like degrees{also}", found, large[worst])


def _by_way(move: Motion, angle: float) -> bool | None:
    """Tell by where an agent goes whether its angle is in degrees; None if that does not say."""
    if move.distance < _WAY_M:
        return None
    way = move.direction + (math.pi if move.after[3] < 0 else 0.0)
    if abs(math.remainder(angle - way, math.tau)) < _SKID:
        return False
    return True if abs(math.remainder(math.radians(angle) - way, math.tau)) < _SKID else None
