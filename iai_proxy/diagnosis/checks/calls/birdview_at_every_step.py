"""Check 322, birdview-at-every-step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import RunView, StepView

_STEPS: Final = 5


class BirdviewAtEveryStep(Check):
    """A birdview is requested at every step.

    Why: the service draws and sends a picture each time. The SDK's documentation calls that very
    slow, and only for debugging.

    Example: ``get_birdview=True`` left in the loop.

    Fix: leave it out; draw from the recorded states afterwards (``iai-proxy export scenario``).
    """

    code = 322
    name = "birdview-at-every-step"
    severity = Severity.INFO
    help = (
        "Leave get_birdview out of the loop: draw afterwards, from what iai-proxy export scenario"
        " writes."
    )

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._in_a_row: Counter[int] = Counter()  # steps by simulation

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report the fifth step in a row with a picture."""
        if view.is_initialize:
            return
        if view.request.get("get_birdview") is not True:
            self._in_a_row[view.simulation] = 0
            return
        self._in_a_row[view.simulation] += 1
        if self._in_a_row[view.simulation] == _STEPS:
            yield self.finding(view, f"get_birdview is set at {_STEPS} steps in a row")
