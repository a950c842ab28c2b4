"""Check 281, lists-of-unequal-length."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.api.fields import PROPERTIES, RECURRENT
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView


class ListsOfUnequalLength(Check):
    """The lists of a drive call have different lengths.

    Why: one index stands for one agent in every list. If a list is longer or shorter, everything
    after the first difference belongs to the wrong agent, or the call is refused.

    Example: an agent removed from ``agent_states`` only.

    Fix: keep one list of records, and make all lists from it.
    """

    code = 281
    name = "lists-of-unequal-length"
    severity = Severity.ERROR
    help = "Keep one list of records, and make all lists from it."
    looks_at_refused = True

    def step(self, view: StepView) -> Iterable[Finding]:
        """Compare lengths."""
        if view.is_initialize:
            return
        count = len(view.sent_states)
        for name in (*PROPERTIES, RECURRENT):
            given = view.request.get(name)
            if isinstance(given, list) and len(given) != count:
                message = f"{name} has {len(given)} entries for {count} agents"
                yield self.finding(view, message, (), len(given))
