"""Check 203, recurrent-rounded."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.recurrent_changes import Cause, recurrent_changes
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb
from iai_proxy.text import plural


class RecurrentRounded(Check):
    """Recurrent states are sent back rounded.

    Why: the model continues from numbers that it never wrote. The fewer digits are kept, the more
    agents drift from what they would have done, and a run can no longer be replayed by its
    recurrent states. The value is the number of digits kept.

    Example: ``[round(x, 6) for x in state.packed]``, or a text format such as ``%.6f`` between two
    processes.

    Fix: keep them as they are; if they must be text, write all digits, as ``repr`` and ``json``
    do.
    """

    code = 203
    name = "recurrent-rounded"
    severity = Severity.WARNING
    least_is_worst = True
    help = (
        "Keep recurrent states as doubles; as text, with all 17 digits (repr and json write them)."
    )
    unit = "digit"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report rounded recurrent states, those rounded in one way together."""
        rounded = recurrent_changes(self.run, view, Cause.ROUNDED)
        for decimals in (True, False):
            alike = [change for change in rounded if change.decimals == decimals]
            if not alike:
                continue
            agents = [change.agent for change in alike]
            digits = max(change.digits for change in alike)
            if decimals:
                kept = f"{plural(digits, 'digit')} after the point"
            else:
                kept = plural(digits, "significant digit")
            sends = verb(
                agents, "sends back its recurrent state", "send back their recurrent states"
            )
            yield self.finding(view, f"{listed(agents)} {sends} rounded to {kept}", agents, digits)
