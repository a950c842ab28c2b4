"""Check 274, too-many-agents."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import members, number


class TooManyAgents(Check):
    """More agents are sent in one call than the location allows.

    Why: a call takes 100 agents at most, and a location may allow fewer (``max_agent_number`` of
    ``location_info``). A call with more is refused, or is slow and predicted in ways the model was
    not made for. The value is the number of agents.

    Example: ``iai.drive`` with 140 agents.

    Fix: ``iai.large_drive`` and ``iai.large_initialize`` divide them into calls.
    """

    code = 274
    name = "too-many-agents"
    severity = Severity.ERROR
    help = "Use large_drive and large_initialize for more than 100 agents."
    unit = "agent"
    looks_at_refused = True

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report single calls that are too large."""
        if view.is_divided or any(call.endpoint.is_large for call in view.calls):
            return
        lists = view.sent_states, view.sent_properties, view.answered_states
        count = max(map(len, lists))
        at_location = number(
            members(self.run.maps.get(view.location or "")).get("max_agent_number")
        )
        allowed = min(at_location or AGENTS_PER_CALL, AGENTS_PER_CALL)
        if count > allowed:
            message = f"{count} agents are sent in one call; {allowed:g} are allowed"
            yield self.finding(view, message, (), count)
