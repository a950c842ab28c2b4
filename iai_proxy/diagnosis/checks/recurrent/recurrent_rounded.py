"""Check 203, recurrent-rounded."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.causes import Fate, of_fate
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class RecurrentRounded(Check):
    """Recurrent states are sent back rounded.

    Why: the model works on from numbers that it never wrote. The fewer digits are kept, the more
        agents drift from
    what they would have done, and a run can no longer be replayed by its recurrent states. The
    value is the number of digits kept.

    Example: ``[round(x, 6) for x in state.packed]``, or a text format such as ``%.6f`` between two
        processes.

    Mend: keep them as they are; where they must be text, write all digits: ``repr`` and ``json``
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
        """Report rounded recurrent states, together where they are rounded alike."""
        sent = of_fate(self.run, view, Fate.ROUNDED)
        for decimals in (True, False):
            alike = [one for one in sent if one.decimals == decimals]
            if alike:
                agents, digits = [one.agent for one in alike], max(one.digits for one in alike)
                kind = "" if decimals else "significant "
                unit = "digit" if digits == 1 else "digits"
                after = " after the point" if decimals else ""
                whose = verb(
                    agents, "sends back its recurrent state", "send back their recurrent states"
                )
                message = f"{listed(agents)} {whose} rounded to {digits} {kind}{unit}{after}"
                yield self.finding(view, message, agents, digits)
