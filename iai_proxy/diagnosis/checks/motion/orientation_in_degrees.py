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
        117 degrees: the
    agent stands across its lane, and every other agent reacts to that. The value is the orientation
    as it was sent, taken for rad. Where an agent moves (3 m/s and more), the way it goes decides,
    for later steps too; else angles over two turns (4 pi), or several over one turn, count as
    degrees, unless the agent came there by driving in circles: turns may be counted.

    Example: ``orientation=actor.get_transform().rotation.yaw`` (CARLA gives degrees).

    Fix: ``math.radians(yaw)``; mind that CARLA's and Unreal's y axis points the other way.
    """

    code = 220
    name = "orientation-in-degrees"
    severity = Severity.ERROR
    help = "Send orientations in radians: math.radians(yaw)."
    unit = "rad"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report orientations of states that the client made."""
        angles = self.run.shared(Degrees).at(view)
        if angles:
            found = sorted(angles)
            worst = max(found, key=lambda agent: abs(angles[agent].value))
            value, since = angles[worst].value, min(one.since for one in angles.values())
            also = (
                f"; so do those of {listed(rest)}"
                if (rest := [one for one in found if one != worst])
                else ""
            )
            said = f"agent {worst}'s orientation is {grouped(value)}: radians are expected"
            yield self.finding(
                view, f"{said}, this looks like degrees{also}", found, value, since=since
            )
