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

    Why: to the model it is a teleport: the recurrent state says that the agent is somewhere else,
    and the agent and all around it are predicted from a contradiction. Egos are checked too. The
    value is the acceleration in m/s² that the jump would take. Agents are reported that are more
    than 1 m, and more than the distance of one more step, away both from where they were headed and
    from where the answer put them: that takes over 100 m/s², five times the hardest crash braking
    of 20 m/s². An agent that goes on as in the previous step does not jump, whatever its speed
    says.

    Example: a vehicle respawned elsewhere under the same index; an ego in another coordinate frame.

    Fix: remove an agent that is put elsewhere, and add it as a newcomer; check the coordinate
    frame.
    """

    code = 225
    name = "impossible-jump"
    severity = Severity.WARNING
    help = (
        "Remove an agent that is put elsewhere, and add it as a newcomer; check the coordinate"
        " frame."
    )
    unit = "m/s²"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that the client moved too far."""
        jumps = self.run.shared(Jumps).at(view)
        for motion in motions(self.run, view) if jumps else ():
            if motion.agent in jumps:
                needed = jumps[motion.agent] / TIME_STEP_S**2
                jump = f"agent {motion.agent} jumps {grouped(motion.distance)} m in one step"
                message = f"{jump}, {grouped(needed)} m/s²"
                yield self.finding(view, message, (motion.agent,), needed)
