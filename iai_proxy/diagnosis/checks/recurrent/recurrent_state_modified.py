"""Check 21, recurrent-state-modified."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.causes import Fate, of_fate
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import grouped, listed


class RecurrentStateModified(Check):
    """An agent's recurrent state was changed, and not as checks 200 to 205 explain.

    Why: it is the model's memory of the agent: what it wants, where it is going, how it drives. It
        is documented as
    not to be modified; a changed one is no memory that the model ever had, and what it predicts
    from it is arbitrary. The value is the largest change of one number.

    Example: ``RecurrentState(packed=[0.9 * x for x in old.packed])``, or only the first 128
        numbers.

    Mend: hand ``response.recurrent_states`` to the next ``drive`` untouched, and never compute with
        them.
    """

    code = 21
    name = "recurrent-state-modified"
    severity = Severity.ERROR
    help = "Hand the recurrent states of the previous answer to the next call untouched."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report recurrent states that were changed."""
        sent = of_fate(self.run, view, Fate.CHANGED)
        if not sent:
            return
        agents = [one.agent for one in sent]
        changes = [one.change for one in sent if one.change is not None]
        worst = max(changes, default=None)
        how = (
            f"by up to {grouped(worst)}"
            if worst is not None
            else "it has another length or is no list of numbers"
        )
        yield self.finding(
            view,
            f"the client changed the recurrent state of {listed(agents)}: {how}",
            agents,
            worst,
        )
