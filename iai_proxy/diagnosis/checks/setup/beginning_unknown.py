"""Check 271, beginning-unknown."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView


class BeginningUnknown(Check):
    """A simulation begins with recurrent states that no recorded answer gave.

    Why: either the recording began in the middle, which is no fault; or the client changed the
    states and recurrent states of all agents beyond recognition, and no other check can tell what
    it did. Where ``iai-proxy trim`` has cut it is not reported.

    Example: ``iai-proxy record`` started after the client; agents kept in files between two runs.

    Fix: record from the beginning.
    """

    code = 271
    name = "beginning-unknown"
    severity = Severity.INFO
    help = "Record from the beginning."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report a first step that continues something unknown."""
        is_cut_off = view.first_call in self.run.cut_off
        if view.previous is None and not (view.is_initialize or is_cut_off) and any(view.recurrent):
            yield self.finding(view, "the simulation continues a step that is not in the recording")
