"""Check 207, agents-reordered."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity.moved import moved_along
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class AgentsReordered(Check):
    """Agents are sent in another order than they were answered in, in all lists.

    Why: nothing is wrong with that: states, recurrent states and properties moved together, and the
    answer has the new order. But programs that read answers by index go wrong easily; and the SDK's
    own tool takes it for an error, and reports that agents, recurrent states and properties changed
    their index (10, 20, 52).

    Example: agents sorted by their distance to the ego before each ``drive``, in all lists.

    Fix: nothing, if it is intended. Otherwise keep one order from ``initialize`` to the end.
    """

    code = 207
    name = "agents-reordered"
    severity = Severity.INFO
    help = "Nothing, if it is intended: read the next answer in the new order."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that moved with everything that is theirs."""
        agents = moved_along(self.run, view)
        if agents:
            subject = f"{listed(agents)} {verb(agents, 'is', 'are')}"
            message = f"{subject} at another index than in the previous answer, in all lists"
            yield self.finding(view, message, agents, len(agents))
