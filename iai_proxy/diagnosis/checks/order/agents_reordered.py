"""Check 207, agents-reordered."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity.reordering import moved_along
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class AgentsReordered(Check):
    """Agents are sent in another order than they were answered in, with all that is theirs.

    Why: nothing is wrong with that: states, recurrent states and properties moved together, and the
        answer has the new
    order. It is a reason for mistakes, though, for whoever reads answers by index; the SDK's own
    tool takes it for one, and says that agents, recurrent states and properties have changed their
    index (10, 20, 52).

    Example: agents sorted by their distance to the ego before each ``drive``, in all lists.

    Mend: nothing, if it is meant. Else keep one order from ``initialize`` to the end.
    """

    code = 207
    name = "agents-reordered"
    severity = Severity.INFO
    help = "Nothing, if it is meant: read the next answer in the new order."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents that moved as a whole."""
        agents = moved_along(self.run, view)
        if agents:
            who = f"{listed(agents)} {verb(agents, 'stands', 'stand')}"
            said = f"{who} at another index than in the previous answer, with all that is theirs"
            yield self.finding(view, said, agents, len(agents))
