"""Check 52, properties-index-changed."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.sizes.property_changes import property_changes
from iai_proxy.diagnosis.identity.moved import moved_along
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed


class PropertiesIndexChanged(Check):
    """Properties are at another index than before: agents have exchanged their sizes.

    Why: ``agent_properties[i]`` is agent i's. If properties move and agents don't, each is
    predicted with the size and type of another. If the agents move along, nothing is lost (207).

    Example: a pedestrian removed from ``agent_states`` but not from ``agent_properties``, so that
    all after it shift.

    Fix: remove, add and reorder agents in all lists at once; keep one list of records, not three
    lists.
    """

    code = 52
    name = "properties-index-changed"
    severity = Severity.ERROR
    help = "Keep agent_properties in the order of the agents."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report sizes that moved to another index."""
        agents = property_changes(self.run, view).moved
        if agents and not moved_along(self.run, view):
            message = f"the properties of {listed(agents)} were at another index before"
            yield self.finding(view, message, agents, len(agents))
