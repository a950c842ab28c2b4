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
        ``location_info``).
    More are refused, or slow and predicted outside of what the model was made for. The value is how
    many are sent.

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
        if len(view.calls) > 1 or any(call.endpoint.is_large for call in view.calls):
            return
        count = max(len(view.sent_states), len(view.sent_properties), len(view.answered_states))
        at_most = number(members(self.run.maps.get(view.location or "")).get("max_agent_number"))
        most = min(at_most, AGENTS_PER_CALL) if at_most else AGENTS_PER_CALL
        if count > most:
            yield self.finding(
                view, f"{count} agents are sent in one call; {most:g} are allowed", (), count
            )
