"""Check 204, recurrent-float32."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.recurrent_changes import Cause, recurrent_changes
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class RecurrentFloat32(Check):
    """Recurrent states went through 32-bit floats.

    Why: a double has 53 bits of precision, a float 24: after a float32 tensor or a C++ ``float``
    the numbers differ from the eighth digit on. Agents drift from what they would have done, and a
    run can no longer be replayed by its recurrent states.

    Example: ``torch.tensor(state.packed).tolist()``: torch's default is float32.

    Fix: keep them as Python floats, or use ``dtype=torch.float64``, ``np.float64`` or ``double``.
    """

    code = 204
    name = "recurrent-float32"
    severity = Severity.WARNING
    help = "Keep recurrent states as doubles: dtype=float64, not float32."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report recurrent states that are what a float32 keeps of the answered ones."""
        changes = recurrent_changes(self.run, view, Cause.FLOAT32)
        agents = [change.agent for change in changes]
        if agents:
            sends = verb(
                agents, "sends back its recurrent state", "send back their recurrent states"
            )
            message = f"{listed(agents)} {sends} through 32-bit floats"
            yield self.finding(view, message, agents, len(agents))
