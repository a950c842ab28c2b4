"""Check 101, agents-added."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class AgentsAdded(Check):
    """Agents are sent that the previous answer did not have.

    Why: it is legal, but a newcomer without a recurrent state has no memory: for about a second it
        is predicted with
    less care than the others. The value is how many.

    Example: ``states.append(spawned)`` with ``RecurrentState()``, which is all zeros.

    Mend: if it is meant, nothing; for better predictions take newcomers from an ``initialize`` that
        is given all
    others with their latest ten states.
    """

    code = 101
    name = "agents-added"
    severity = Severity.INFO
    help = (
        "Take newcomers from an initialize that is given the others, if their first second matters."
    )
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report newcomers."""
        comparison = compared(self.run, view)
        if comparison.base is not None and (agents := comparison.newcomers):
            message = f"{listed(agents)} {verb(agents, 'was', 'were')} not in the previous answer"
            yield self.finding(view, message, agents, len(agents))
