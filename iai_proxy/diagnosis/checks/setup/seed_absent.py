"""Check 278, seed-absent."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView


class SeedAbsent(Check):
    """No random seed is sent, with any call or with some.

    Why: the service then draws one, and from there on no one can ever make the same run again: not
    to find a fault in it, and not to compare two versions of a planner on it. (A recording can be
    replayed in any case.)

    Example: ``iai.drive(...)`` without ``random_seed``; an ``initialize`` in mid-run that leaves it
    out.

    Fix: ``random_seed=seed + step`` with a seed that is written down.
    """

    code = 278
    name = "seed-absent"
    severity = Severity.INFO
    help = "Send a random_seed with initialize and at each step, and write it down."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report each call without a seed."""
        if view.request.get("random_seed") is None:
            yield self.finding(view, "no random_seed is sent")
