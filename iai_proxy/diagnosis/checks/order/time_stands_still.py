"""Check 282, time-stands-still."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity.comparison import Comparison, compared
from iai_proxy.diagnosis.step_view import RunView, StepView

#: Whoever asks for one step so often, and goes on with none of the answers, does not mean to choose
#: among them ...
_LEAST: Final = 5
#: ... if that is so much of the simulation: of those who do choose, only the last choice looks so.
_MOST: Final = 0.5


@dataclass(slots=True)
class _Asked:
    """The calls that go on from one answer, as long as none of their own answers is gone on with."""

    base: int
    index: int
    calls: list[int] = field(default_factory=list)


class TimeStandsStill(Check):
    """The same step is asked for again and again, and nothing goes on from any of the answers.

    Why: a simulation goes on because each ``drive`` is given what the one before answered. Where
        all are given the
    same, each predicts the same 0.1 s anew, and the rest of the run is wasted. The value is how
    many calls.

    Example: ``prediction = iai.drive(agent_states=response.agent_states, ...)`` in a loop that
        never assigns
    ``response``.

    Mend: ``response = iai.drive(agent_states=response.agent_states,
        recurrent_states=response.recurrent_states, ...)``.
    """

    code = 282
    name = "time-stands-still"
    severity = Severity.WARNING
    help = "Hand on the states and recurrent states of each answer to the next call of drive."
    unit = "call"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._asked: dict[int, _Asked] = {}  # by simulation
        self._drives: Counter[int] = Counter()

    def step(self, view: StepView) -> Iterable[Finding]:
        """Note which answer each step goes on from."""
        comparison = compared(self.run, view)
        if comparison.base is not None and view.calls:
            self._drives[view.simulation] += 1
            asked = self._asked.get(view.simulation)
            if asked is None or asked.base != comparison.base.call or not _repeats(comparison):
                self._asked[view.simulation] = asked = _Asked(comparison.base.call, view.index)
            asked.calls.append(view.calls[0].id)
        return ()

    def end(self) -> Iterable[Finding]:
        """Report simulations that ended so."""
        for simulation, asked in self._asked.items():
            if len(asked.calls) >= max(_LEAST, _MOST * self._drives[simulation]):
                said = (
                    f"the last {len(asked.calls)} calls of simulation {simulation}, #{asked.calls[0]} to "
                    f"#{asked.calls[-1]}, all ask for step {asked.index} with the same states"
                )
                yield Finding(
                    self.code, asked.index, asked.index, (), float(len(asked.calls)), said
                )


def _repeats(comparison: Comparison) -> bool:
    """Whether states, egos' apart, and recurrent states are sent as they were answered."""
    if comparison.identical or comparison.base is None:
        return True
    same = comparison.in_place and list(comparison.view.recurrent) == list(
        comparison.base.recurrent
    )
    return same and set(comparison.changed) <= comparison.view.egos
