"""Check 225, impossible-jump."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.api.limits import TIME_STEP_S
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.jumps import Jumps
from iai_proxy.diagnosis.checks.motion.motion import motions
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import grouped


class ImpossibleJump(Check):
    """An agent moves in one step as no vehicle can.

    Why: the model sees a teleport: the recurrent state says the agent is somewhere else, and it,
        and all around it,
    are predicted from a contradiction. Egos are looked at too. The value is the acceleration in
    m/s² that the jump would take. Reported is what lies more than 1 m, and more than the way of one
    more step, from both where the agent was headed and where the answer put it: over 100 m/s², five
    times the hardest crash braking of 20 m/s². Who goes on as in the previous step does not jump,
    whatever its speed says.

    Example: a vehicle respawned elsewhere under the same index; an ego in another frame of
        coordinates.

    Fix: let an agent that is put elsewhere go, and add it as a newcomer; check the frame of
        coordinates.
    """

    code = 225
    name = "impossible-jump"
    severity = Severity.WARNING
    help = "Remove an agent that is put elsewhere, and add it as a newcomer; check the frame of coordinates."
    unit = "m/s²"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that the client moved too far."""
        jumps = self.run.shared(Jumps).at(view)
        for move in motions(self.run, view) if jumps else ():
            if move.agent in jumps:
                needed = jumps[move.agent] / TIME_STEP_S**2
                said = f"agent {move.agent} jumps {grouped(move.distance)} m in one step, {grouped(needed)} m/s²"
                yield self.finding(view, said, (move.agent,), needed)
