"""Check 282, time-stands-still."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity import Comparison, compared
from iai_proxy.diagnosis.step_view import RunView, StepView

#: Fewer calls for one step may be intended: the client may choose among their answers.
_LEAST_CALLS: Final = 5
#: As a part of all calls of a simulation: a client that does choose repeats its last step only.
_LEAST_PART: Final = 0.5


@dataclass(slots=True)
class _Repeated:
    """Successive calls that continue the same answer."""

    base: int
    index: int
    calls: list[int] = field(default_factory=list)


class TimeStandsStill(Check):
    """The same step is requested again and again, and none of the answers is continued.

    Why: a simulation moves on because each ``drive`` is given what the previous one answered. If
    all are given the same, each predicts the same 0.1 s again, and the rest of the run is wasted.
    The value is the number of calls.

    Example: ``prediction = iai.drive(agent_states=response.agent_states, ...)`` in a loop that
    never assigns ``response``.

    Fix: ``response = iai.drive(agent_states=response.agent_states,
    recurrent_states=response.recurrent_states, ...)``.
    """

    code = 282
    name = "time-stands-still"
    severity = Severity.WARNING
    help = "Pass the states and recurrent states of each answer to the next call of drive."
    unit = "call"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._repeated: dict[int, _Repeated] = {}  # the latest by simulation
        self._drives: Counter[int] = Counter()

    def step(self, view: StepView) -> Iterable[Finding]:
        """Note which answer each step continues."""
        comparison = compared(self.run, view)
        if comparison.base is not None and view.calls:
            self._drives[view.simulation] += 1
            repeated = self._repeated.get(view.simulation)
            base = comparison.base.call
            if repeated is None or repeated.base != base or not _is_unchanged(comparison):
                self._repeated[view.simulation] = repeated = _Repeated(base, view.index)
            repeated.calls.append(view.first_call)
        return ()

    def end(self) -> Iterable[Finding]:
        """Report simulations that end with one step requested over and over."""
        for simulation, repeated in self._repeated.items():
            count, index = len(repeated.calls), repeated.index
            if count >= max(_LEAST_CALLS, _LEAST_PART * self._drives[simulation]):
                calls = f"#{repeated.calls[0]} to #{repeated.calls[-1]}"
                message = (
                    f"the last {count} calls of simulation {simulation}, {calls}, all request"
                    f" step {index} with the same states"
                )
                yield self.run_finding(message, count, steps=(index, index))


def _is_unchanged(comparison: Comparison) -> bool:
    """Return whether states, except those of egos, and recurrent states are as answered."""
    if comparison.identical or comparison.base is None:
        return True
    recurrent = list(comparison.view.recurrent)
    if not comparison.in_place or recurrent != list(comparison.base.recurrent):
        return False
    return set(comparison.changed) <= comparison.view.egos
