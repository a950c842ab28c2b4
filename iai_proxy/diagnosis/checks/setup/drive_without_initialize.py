"""Check 270, drive-without-initialize."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView


class DriveWithoutInitialize(Check):
    """A simulation begins with drive, and without recurrent states.

    Why: every simulation must start with ``initialize`` to get recurrent states. Without it the
    model does not know how the agents came to where they are, and their first second is guesswork.

    Example: states from another simulator sent straight to ``drive``.

    Fix: give them to ``initialize`` as ``states_history``, ten steps if you have them, and use its
    answer.
    """

    code = 270
    name = "drive-without-initialize"
    severity = Severity.WARNING
    help = "Begin with initialize, and give it the states that you have as states_history."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report a first step that is a drive."""
        if view.previous is None and not view.is_initialize and not any(view.recurrent):
            yield self.finding(view, "the simulation begins with drive, not with initialize")
