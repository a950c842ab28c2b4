"""Check 320, answers-unused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import RunView, StepView

_NAMED: Final = 5


class AnswersUnused(Check):
    """Answers were paid for that no later call used.

    Why: each call costs time and money. Where several are asked for one step and one is used, that
        may be meant;
    where a loop calls ``drive`` twice by mistake, it doubles the bill. The value is how many.

    Example: ``iai.drive`` called once for the states and once for the picture.

    Mend: keep the response, and take all that is needed from it.
    """

    code = 320
    name = "answers-unused"
    severity = Severity.INFO
    help = "Keep the response, and take all that is needed from it."
    unit = "answer"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._open: dict[
            int, dict[int, int]
        ] = {}  # by simulation: the step by its first call, while not gone on with
        self._from: dict[
            int, int
        ] = {}  # by a step's first call that of the step it goes on from ...
        self._ways: Counter[int] = Counter()  # ... and how many go on from that

    def step(self, view: StepView) -> Iterable[Finding]:
        """Note what each step goes on with."""
        steps = self._open.setdefault(view.simulation, {})
        base = compared(self.run, view).base
        if view.previous is not None:
            steps.pop(view.previous.first_call, None)
        if base is not None:  # where its recurrent states are older than its states
            steps.pop(base.call, None)
            self._from[view.first_call] = base.call
            self._ways[base.call] += 1
        steps[view.first_call] = view.index
        return ()

    def end(self) -> Iterable[Finding]:
        """Report what is left: of each simulation one leaf is its end, or two, and so is that of each longer branch."""
        unused = [
            (simulation, key, index)
            for simulation, steps in self._open.items()
            for key, index in _without_end(steps)
            if self._ways[self._from.get(key, 0)] > 1
        ]
        if unused:
            where = ", ".join(f"#{key}" for _, key, _ in unused[:_NAMED]) + (
                ", …" if len(unused) > _NAMED else ""
            )
            answers = "answer was" if len(unused) == 1 else "answers were"
            said = f"{len(unused)} {answers} never used by a later call: {where}"
            yield Finding(
                self.code,
                min(index for _, _, index in unused),
                max(index for _, _, index in unused),
                (),
                float(len(unused)),
                said,
            )


def _without_end(steps: dict[int, int]) -> list[tuple[int, int]]:
    """Return leaves, as (call, step), but for those that may end the simulation: there nothing is to go on with.

    These are the last of the highest step, and the last of all: where a client looks ahead from its
    last steps, the looks end at higher ones.
    """
    ends = {
        max(reversed(steps), key=lambda key: steps[key], default=None),
        next(reversed(steps), None),
    }
    return [(key, index) for key, index in steps.items() if key not in ends]
