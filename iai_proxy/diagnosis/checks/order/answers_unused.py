"""Check 320, answers-unused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.text import first_few, plural

_NAMED: Final = 5


class AnswersUnused(Check):
    """Answers were paid for that no later call used.

    Why: each call costs time and money. Several calls for one step of which one is used may be
    intended; a loop that calls ``drive`` twice by mistake doubles the bill. The value is the number
    of answers.

    Example: ``iai.drive`` called once for the states and once for the picture.

    Fix: keep the response, and take all that is needed from it.
    """

    code = 320
    name = "answers-unused"
    severity = Severity.INFO
    help = "Keep the response, and take all that is needed from it."
    unit = "answer"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        # Steps are named by their first call.
        self._leaves: dict[int, dict[int, int]] = {}  # by simulation, with the number of the step
        self._continued: dict[int, int] = {}  # which step each one continues
        self._branches: Counter[int] = Counter()  # how many steps continue each one

    def step(self, view: StepView) -> Iterable[Finding]:
        """Note what each step continues."""
        leaves = self._leaves.setdefault(view.simulation, {})
        base = compared(self.run, view).base
        if view.previous is not None:
            leaves.pop(view.previous.first_call, None)
        if base is not None:  # it may not be ``previous``, if recurrent states are stale
            leaves.pop(base.call, None)
            self._continued[view.first_call] = base.call
            self._branches[base.call] += 1
        leaves[view.first_call] = view.index
        return ()

    def end(self) -> Iterable[Finding]:
        """Report leaves that were alternatives to a step that was continued."""
        unused = [
            (call, index)
            for leaves in self._leaves.values()
            for call, index in _without_ends(leaves)
            if self._branches[self._continued.get(call, 0)] > 1
        ]
        if unused:
            indices = [index for _, index in unused]
            where = first_few((f"#{call}" for call, _ in unused), _NAMED)
            answers = plural(len(unused), "answer was", "answers were")
            message = f"{answers} never used by a later call: {where}"
            yield self.run_finding(message, len(unused), steps=(min(indices), max(indices)))


def _without_ends(leaves: dict[int, int]) -> list[tuple[int, int]]:
    """Return leaves, as (call, step), unless the simulation may have ended.

    That is at the last leaf of the highest step, and at the last of all: a client that looks ahead
    from its last steps ends with leaves at higher steps than its own.
    """
    highest = max(reversed(leaves), key=lambda call: leaves[call], default=None)
    last = next(reversed(leaves), None)
    return [(call, index) for call, index in leaves.items() if call not in {highest, last}]
