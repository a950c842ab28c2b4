"""Check 322, birdview-at-every-step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import RunView, StepView

_IN_A_ROW: Final = 5


class BirdviewAtEveryStep(Check):
    """A birdview is asked for at every step.

    Why: the service draws and sends a picture each time, which the SDK's documentation calls very
        slow, only for
    debugging.

    Example: ``get_birdview=True`` left in the loop.

    Fix: leave it out; draw from the recorded states afterwards (``iai-proxy export scenario``).
    """

    code = 322
    name = "birdview-at-every-step"
    severity = Severity.INFO
    help = "Leave get_birdview out of the loop: draw afterwards, from what iai-proxy export scenario writes."

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._asked: dict[int, int] = {}  # by simulation, steps in a row

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report the fifth step in a row with a picture."""
        if view.endpoint.is_initialize:
            return
        asked = self._asked[view.simulation] = (
            self._asked.get(view.simulation, 0) + 1
            if view.request.get("get_birdview") is True
            else 0
        )
        if asked == _IN_A_ROW:
            yield self.finding(view, f"get_birdview is set at {_IN_A_ROW} steps in a row")
