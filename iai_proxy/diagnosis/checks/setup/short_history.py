"""Check 272, short-history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import rows

#: "For best results, provide at least 10 historical states for each agent" (SDK,
#: ``api/initialize.py``).
_BEST: Final = 10


class ShortHistory(Check):
    """A history of fewer than ten steps is given to initialize.

    Why: the model infers from the history what an agent is about to do; the SDK's documentation
    asks for ten steps (one second) for best results. One step has a speed, but no turning and no
    braking. The value is the number of steps.

    Example: ``states_history=[states]``.

    Fix: keep the last ten states of each agent, 0.1 s apart, oldest first.
    """

    code = 272
    name = "short-history"
    severity = Severity.INFO
    help = "Give ten historical states of each agent, 0.1 s apart, oldest first."
    unit = "step"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report short histories. The parts of a large call have one step, by the SDK's doing."""
        if not view.is_initialize or view.is_divided or not view.sent_states:
            return
        steps = len(rows(view.request.get("states_history")))
        if steps < _BEST:
            given = "1 step is" if steps == 1 else f"{steps} steps are"
            message = f"{given} given as history; for best results give {_BEST}"
            yield self.finding(view, message, (), steps)
