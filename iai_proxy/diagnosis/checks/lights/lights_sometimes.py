"""Check 250, lights-sometimes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.streaks import BranchMemory
from iai_proxy.diagnosis.values import lights_of

#: What is remembered concerns the whole step, not an agent.
_ALL: Final = 0


class LightsSometimes(Check):
    """The client sets the traffic lights at some steps, but not at this one.

    Why: once ``traffic_lights_states`` were sent they must be sent at every later step: the service
    cannot continue a sequence that is not its own. At a step without them it takes the lights from
    elsewhere; a red light turns green for a tenth of a second, and agents start driving.

    Example: ``traffic_lights_states=lights if lights_changed else None``.

    Fix: send them at every step, changed or not; or never, and pass on ``light_recurrent_states``.
    """

    code = 250
    name = "lights-sometimes"
    severity = Severity.ERROR
    help = (
        "Send traffic_lights_states at every step once they were sent; or never, and pass on"
        " light_recurrent_states."
    )

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._first = BranchMemory[int]()  # the first step of a branch that has them

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report steps without lights after a step with them."""
        if view.is_initialize:
            return
        first = self._first.at(view)
        if lights_of(view.request.get("traffic_lights_states")):
            first = first or {_ALL: view.index}
        elif first:
            message = f"no traffic_lights_states are sent, though step {first[_ALL]} had them"
            yield self.finding(view, message)
        self._first.keep(view, first)
