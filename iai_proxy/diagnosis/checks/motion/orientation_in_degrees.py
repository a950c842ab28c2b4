"""Check 220, orientation-in-degrees."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.degrees import Degrees
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import grouped, listed


class OrientationInDegrees(Check):
    """An orientation that the client sends looks like degrees.

    Why: orientations are radians, 0 along x and pi/2 along y. 90 taken for radians is a heading of
    117 degrees: the agent stands across its lane, and every other agent reacts to that. The value
    is the orientation as it was sent, taken for rad. If an agent moves at 3 m/s or more, the way it
    goes decides, for later steps too; otherwise angles over two turns (4 pi) count as degrees,
    unless the agent came there by driving in circles: turns may be counted.

    Example: ``orientation=actor.get_transform().rotation.yaw`` (CARLA gives degrees).

    Fix: ``math.radians(yaw)``; mind that CARLA's and Unreal's y axis points the other way.
    """

    code = 220
    name = "orientation-in-degrees"
    severity = Severity.ERROR
    help = "Send orientations in radians: math.radians(yaw)."
    unit = "rad"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report orientations of states that the client made, all of a step in one finding."""
        angles = self.run.shared(Degrees).at(view)
        if not angles:
            return
        agents = sorted(angles)
        worst = max(agents, key=lambda agent: abs(angles[agent].value))
        value = angles[worst].value
        since = min(angle.since for angle in angles.values())
        others = [agent for agent in agents if agent != worst]
        also = f"; so do those of {listed(others)}" if others else ""
        message = f"agent {worst}'s orientation is {grouped(value)}: radians are expected"
        message += f", this looks like degrees{also}"
        yield self.finding(view, message, agents, value, since=since)
