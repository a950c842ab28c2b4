"""Check 204, recurrent-float32."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.causes import Fate, of_fate
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class RecurrentFloat32(Check):
    """Recurrent states went through 32-bit floats.

    Why: a double has 53 bits, a float 24: after the way through a float32 tensor or a C++ ``float``
        the numbers are
    others from the eighth digit on. Agents drift from what they would have done, and a run can no
    longer be replayed by its recurrent states.

    Example: ``torch.tensor(state.packed).tolist()``: torch's default is float32.

    Mend: keep them as Python floats, or use ``dtype=torch.float64``, ``np.float64``, ``double``.
    """

    code = 204
    name = "recurrent-float32"
    severity = Severity.WARNING
    help = "Keep recurrent states as doubles: dtype=float64, not float32."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report recurrent states that are what a float32 can hold of the answered ones."""
        agents = [one.agent for one in of_fate(self.run, view, Fate.FLOAT32)]
        if agents:
            whose = verb(
                agents, "sends back its recurrent state", "send back their recurrent states"
            )
            yield self.finding(
                view, f"{listed(agents)} {whose} through 32-bit floats", agents, len(agents)
            )
