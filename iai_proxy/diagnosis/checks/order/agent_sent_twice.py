"""Check 206, agent-sent-twice."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import StepView


class AgentSentTwice(Check):
    """The same agent is sent twice.

    Why: to the model, two agents at the same place are a collision, for both and for all that see
    them. Both are predicted away from each other, and nothing after that is what would have
    happened.

    Example: ``states = response.agent_states + [response.agent_states[ego]]``.

    Fix: overwrite the ego's entry in the list instead of appending it again.
    """

    code = 206
    name = "agent-sent-twice"
    severity = Severity.ERROR
    help = "Send each agent once; overwrite an ego's entry, don't append it."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report each newcomer that repeats another agent."""
        for agent, other in compared(self.run, view).twice:
            message = f"agents {other} and {agent} have the same state: one agent was sent twice"
            yield self.finding(view, message, (agent, other))
