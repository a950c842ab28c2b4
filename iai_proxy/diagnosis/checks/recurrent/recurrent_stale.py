"""Check 205, recurrent-stale."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.causes import Fate, of_fate
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb

#: One that is never replaced gets older at each step: it is one mistake.
_KIND: Final = "stale"


class RecurrentStale(Check):
    """An agent is sent with its own recurrent state of an older step.

    Why: the memory then lags behind the state: the model believes the agent a few metres back and
        earlier, and
    predicts it from there. The value is how many steps old it is; up to 64 are recognised.

    Example: ``recurrent = response.recurrent_states`` before the loop, and never again inside of
        it.

    Mend: take states and recurrent states from one and the same response.
    """

    code = 205
    name = "recurrent-stale"
    severity = Severity.ERROR
    help = "Take states and recurrent states from one and the same response."
    unit = "step"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report recurrent states of older steps, together where they are equally old."""
        sent = of_fate(self.run, view, Fate.STALE)
        for steps in sorted({one.steps for one in sent}):
            agents = [one.agent for one in sent if one.steps == steps]
            old = f"a recurrent state that is {'a step' if steps == 1 else f'up to {steps} steps'} old"
            said = f"{listed(agents)} {verb(agents, 'is', 'are')} sent with {old}"
            yield self.finding(view, said, agents, steps, kind=_KIND)
