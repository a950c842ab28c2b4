"""Check 21, recurrent-state-modified."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.recurrent_changes import Cause, recurrent_changes
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import grouped, listed


class RecurrentStateModified(Check):
    """An agent's recurrent state was changed, and checks 200 to 205 don't explain how.

    Why: it is the model's memory of the agent: what it wants, where it is going, how it drives. It
    is documented as not to be modified; from a memory that the model never had, it predicts
    something arbitrary. The value is the largest change of a number.

    Example: ``RecurrentState(packed=[0.9 * x for x in old.packed])``, or only the first 128
    numbers.

    Fix: pass ``response.recurrent_states`` to the next ``drive`` untouched, and never compute with
    them.
    """

    code = 21
    name = "recurrent-state-modified"
    severity = Severity.ERROR
    help = "Pass the recurrent states of the previous answer to the next call untouched."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report recurrent states that were changed."""
        changed = recurrent_changes(self.run, view, Cause.CHANGED)
        if not changed:
            return
        agents = [change.agent for change in changed]
        worst = max(
            (change.change for change in changed if change.change is not None), default=None
        )
        if worst is None:
            how = "it has another length or is not a list of numbers"
        else:
            how = f"by up to {grouped(worst)}"
        message = f"the client changed the recurrent state of {listed(agents)}: {how}"
        yield self.finding(view, message, agents, worst)
