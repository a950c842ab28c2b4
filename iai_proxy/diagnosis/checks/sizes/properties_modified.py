"""Check 51, properties-modified."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.sizes.property_changes import property_changes
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed


class PropertiesModified(Check):
    """An agent's length, width, rear axle or type changed since the previous step, or is missing.

    Why: these are given once and hold for the whole simulation; the recurrent state was computed
    for an agent of that size. If an agent grows or shrinks on the way, the others keep the wrong
    distance from it, and it is predicted with another turning circle. Waypoints and the maximum
    speed may change at any time.

    Example: sizes of the simulator's own vehicles sent to ``drive``, after ``initialize`` had drawn
    others.

    Fix: keep ``response.agent_properties`` of ``initialize`` and send it with every ``drive``;
    change only waypoints.
    """

    code = 51
    name = "properties-modified"
    severity = Severity.ERROR
    help = "Send the agent_properties that initialize returned, unchanged, with every drive."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report changed sizes."""
        resized = property_changes(self.run, view).resized
        if resized:
            agents = [change.agent for change in resized]
            also = f", and those of {listed(agents[1:])}" if agents[1:] else ""
            message = f"agent {agents[0]}'s properties changed: {resized[0]}{also}"
            yield self.finding(view, message, agents, len(agents))
