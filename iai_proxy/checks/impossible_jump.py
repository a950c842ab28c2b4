"""Check 225, impossible-jump."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from iai_proxy.checks.comparison import compared
from iai_proxy.checks.model import Check, Finding, RunView, Severity, StepView
from iai_proxy.checks.motion import FASTEST, TIME_STEP_S, motions
from iai_proxy.checks.streaks import Streaks
from iai_proxy.checks.values import grouped

#: What another simulator's clock, its other reference point of a vehicle and rounding may add up to, m.
_SLACK_M: Final = 1.0


class ImpossibleJump(Check):
    """An agent moves in one step as no vehicle can.

    Why: the model sees a teleport: the recurrent state says the agent is somewhere else, and it, and all around it,
    are predicted from a contradiction. Egos are looked at too. The value is the acceleration in m/s² that the jump
    would take. Reported is what lies more than 1 m, and more than the way of one more step, from both where the agent
    was headed and where the answer put it: over 100 m/s², five times the hardest crash braking of 20 m/s². Who goes on
    as in the step before does not jump, whatever its speed says.

    Example: a vehicle respawned elsewhere under the same index; an ego in another frame of coordinates.

    Mend: let an agent that is put elsewhere go, and add it as a newcomer; check the frame of coordinates.
    """

    code = 225
    name = "impossible-jump"
    severity = Severity.WARNING
    help = "Remove an agent that is put elsewhere, and add it as a newcomer; check the frame of coordinates."
    unit = "m/s²"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._ways = Streaks[tuple[float, float]](1)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that the client moved too far."""
        exchanged = compared(self.run, view).reordered
        for move in motions(self.run, view):
            if move.agent in exchanged:
                continue
            x, y, heading, speed = move.before
            way = speed * TIME_STEP_S
            places = [(x + way * math.cos(heading), y + way * math.sin(heading)), move.before[:2], move.predicted[:2]]
            last_way = self._ways.before(view, move.who)
            # Who goes on as in the step before, as fast as traffic is, does not jump: its speed may be wrong.
            if last_way is not None and math.hypot(*last_way) < FASTEST * TIME_STEP_S:
                places.append((x + last_way[0], y + last_way[1]))
            self._ways.add(view, move.who, (move.after[0] - x, move.after[1] - y))
            off = min(math.dist(place, move.after[:2]) for place in places)
            if off > _SLACK_M + max(abs(speed), abs(move.predicted[3])) * TIME_STEP_S:
                needed = off / TIME_STEP_S**2
                said = f"agent {move.agent} jumps {grouped(move.distance)} m in one step, {grouped(needed)} m/s²"
                yield self.finding(view, said, (move.agent,), needed)
