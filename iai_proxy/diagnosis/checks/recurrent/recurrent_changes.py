"""What a client did to recurrent states between an answer and the next request.

Each agent gets one cause, and each cause has a check, so that no agent is reported twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from operator import sub
from typing import Final

from iai_proxy.diagnosis.checks.recurrent.rounding import has_all_digits, is_float32, rounding
from iai_proxy.diagnosis.identity import Comparison, compared
from iai_proxy.diagnosis.identity.answered import Answered
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.values import finite_row, rows

#: The first numbers of a row mostly show already whether digits were cut off.
_FEW: Final = 8


class Cause(Enum):
    """Why a recurrent state is not the one answered for its agent."""

    NULL = auto()
    ZEROS = auto()
    OTHERS = auto()  # it is another agent's, of the previous answer or an older one
    STALE = auto()  # it is the agent's own, of an older answer
    ROUNDED = auto()
    FLOAT32 = auto()
    NOT_NUMBERS = auto()
    CHANGED = auto()  # none of these explains it


@dataclass(frozen=True, slots=True)
class RecurrentChange:
    """One agent whose recurrent state is not the one answered for it.

    Attributes:
        agent: index in the request.
        position: index in the previous answer, None for a newcomer.
        other: for ``OTHERS`` the index in that answer of the agent that the recurrent state belongs
            to, None if that agent has left.
        simulation: of ``other``, if it is another one.
        steps: for ``STALE`` and ``OTHERS`` how many answers old it is, 0 for the latest.
        digits: for ``ROUNDED`` how many are kept.
        decimals: whether those are digits after the point; otherwise all significant digits.
        change: for ``CHANGED`` the largest difference; None if the two can't be compared.
    """

    agent: int
    cause: Cause
    position: int | None = None
    other: int | None = None
    simulation: int | None = None
    steps: int = 0
    digits: int = 0
    decimals: bool = True
    change: float | None = None


def recurrent_changes(run: RunView, view: StepView, cause: Cause) -> list[RecurrentChange]:
    """Return the agents of a step whose recurrent state was changed in one way, without egos."""
    return [change for change in run.shared(_RecurrentChanges).at(view) if change.cause is cause]


class _RecurrentChanges(PerStep[Sequence[RecurrentChange]]):
    def _work_out(self, view: StepView) -> Sequence[RecurrentChange]:
        comparison = compared(self.run, view)
        if comparison.identical or comparison.base is None:
            return ()
        return _Classifier(comparison, comparison.base).all()


class _Classifier:
    def __init__(self, comparison: Comparison, base: Answered) -> None:
        self._comparison = comparison
        self._base = base
        self._view = comparison.view
        self._sent = rows(self._view.request.get("recurrent_states"))

    def all(self) -> list[RecurrentChange]:
        owners = self._comparison.owner
        fingerprints = [*self._view.recurrent, *[0] * (len(owners) - len(self._view.recurrent))]
        changes = [
            self._change(agent, position, fingerprint)
            for agent, (position, fingerprint) in enumerate(zip(owners, fingerprints, strict=False))
            if agent not in self._view.egos
            and (position is None or fingerprint != self._base.recurrent[position])
        ]
        return [change for change in changes if change is not None]

    def _change(self, agent: int, position: int | None, fingerprint: int) -> RecurrentChange | None:
        if not fingerprint:
            return self._missing(agent, position)
        if fingerprint in self._base.positions:
            other = self._base.positions[fingerprint]
            return RecurrentChange(agent, Cause.OTHERS, position, other=other)
        if position is None:
            return self._older(agent, None, fingerprint)
        if not self._base.recurrent[position]:
            return None
        if older := self._older(agent, position, fingerprint):
            return older
        # The request has none where all are exactly those of one answer, which may be an older one.
        return self._edited(agent, position) if "recurrent_states" in self._view.request else None

    def _missing(self, agent: int, position: int | None) -> RecurrentChange | None:
        if position is None:
            return None
        is_given = agent < len(self._sent) and self._sent[agent]
        return RecurrentChange(agent, Cause.ZEROS if is_given else Cause.NULL)

    def _older(self, agent: int, position: int | None, fingerprint: int) -> RecurrentChange | None:
        """Look for a recurrent state in other answers: older ones, and later ones after a fork."""
        base = self._base
        for answered in reversed(self._comparison.earlier):
            if fingerprint in answered.positions:
                owner = answered.who[answered.positions[fingerprint]]
                steps = base.index - answered.index
                if steps > 0 and position is not None and owner == base.who[position]:
                    return RecurrentChange(agent, Cause.STALE, steps=steps)
                other = base.who.index(owner) if owner in base.who else None
                return RecurrentChange(agent, Cause.OTHERS, position, other=other, steps=steps)
        for simulation, answers in self._comparison.others.items():
            for answered in reversed(answers):
                if fingerprint in answered.positions:
                    other = answered.positions[fingerprint]
                    return RecurrentChange(
                        agent, Cause.OTHERS, position, other=other, simulation=simulation
                    )
        return None

    def _edited(self, agent: int, position: int) -> RecurrentChange:
        given = rows(self._sent[agent]) if agent < len(self._sent) else ()
        sent = finite_row(given)
        if sent is None and given:
            return RecurrentChange(agent, Cause.NOT_NUMBERS)
        answered = self._answered(position)
        if sent is None or answered is None or len(sent) != len(answered):
            return RecurrentChange(agent, Cause.CHANGED)
        # An unchanged number with all its digits shows that the others were not rounded either.
        is_exact = any(
            ours == theirs and has_all_digits(ours)
            for ours, theirs in zip(sent[:_FEW], answered, strict=False)
        )
        if not is_exact and is_float32(sent, answered):
            return RecurrentChange(agent, Cause.FLOAT32)
        if not is_exact and (kept := rounding(sent, answered)) is not None:
            digits, decimals = kept
            return RecurrentChange(agent, Cause.ROUNDED, digits=digits, decimals=decimals)
        largest = max(map(abs, map(sub, sent, answered)))
        return RecurrentChange(agent, Cause.CHANGED, change=largest)

    def _answered(self, position: int) -> list[float] | None:
        if self._base.view is None:
            return None
        answered = rows(self._base.view.answer.get("recurrent_states"))
        return finite_row(answered[position]) if position < len(answered) else None
