"""What became of each agent's recurrent state between an answer and the next request: one cause for each agent.

Several checks report them, each its own cause, so that no agent is reported twice for one.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from operator import sub
from typing import Any, Final

from iai_proxy.diagnosis.identity.answered import Answered
from iai_proxy.diagnosis.identity.comparison import Comparison, compared
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.values import number, rows

#: A double has up to 17 significant digits; whoever keeps so many has not rounded.
_ALL_DIGITS: Final = 17
#: Where both would do, and so many are kept after the point, it is all digits that were counted: of
#: numbers below 10 these are one more.
_MOST_DECIMALS: Final = 13
#: So many numbers mostly show how many digits are kept.
_FEW: Final = 8


class Fate(Enum):
    """What was done to a recurrent state."""

    NULL = auto()
    ZEROS = auto()
    OTHERS = auto()  # another agent's, of the previous answer or an older one
    STALE = auto()  # the agent's own, of an older answer
    ROUNDED = auto()
    FLOAT32 = auto()
    NOT_NUMBERS = auto()
    CHANGED = auto()


@dataclass(frozen=True, slots=True)
class Sent:
    """One agent's recurrent state that is not the one answered for it.

    Attributes:
        agent: index in the request; ``position`` in the answer that the request continues, None
            where it is not there.
        other: for ``OTHERS`` the index, in the answer that the request continues, of the agent
            whose it is; None where that agent is not there. ``simulation`` is the one it is of, if
            another.
        steps: for ``STALE`` and ``OTHERS`` how many answers old it is, 0 for the latest.
        digits: for ``ROUNDED`` how many are kept.
        decimals: whether digits are those after the point; else all that count.
        change: for ``CHANGED`` the largest difference; None where the lengths differ or a number is
            none.
    """

    agent: int
    fate: Fate
    position: int | None = None
    other: int | None = None
    simulation: int | None = None
    steps: int = 0
    digits: int = 0
    decimals: bool = True
    change: float | None = None


class _Fates(PerStep[Sequence[Sent]]):
    def _work_out(self, view: StepView) -> Sequence[Sent]:
        comparison = compared(self.run, view)
        if comparison.identical or comparison.base is None:
            return ()
        return _Classifier(comparison, comparison.base).all()


def sent_recurrent(run: RunView, view: StepView) -> Sequence[Sent]:
    """Return what was done to recurrent states, for each agent where something was; egos are the client's affair."""
    return run.shared(_Fates).at(view)


def of_fate(run: RunView, view: StepView, fate: Fate) -> list[Sent]:
    """Return those agents of a step whose recurrent state met one fate."""
    return [one for one in sent_recurrent(run, view) if one.fate is fate]


class _Classifier:
    def __init__(self, comparison: Comparison, base: Answered) -> None:
        self._all = comparison
        self._base = base
        self._view = comparison.view
        self._given = rows(self._view.request.get("recurrent_states"))
        self._marks = [
            *self._view.recurrent,
            *[0] * (len(comparison.owner) - len(self._view.recurrent)),
        ]

    def all(self) -> list[Sent]:
        agents = enumerate(zip(self._all.owner, self._marks, strict=False))
        found = [
            self._one(agent, position, mark)
            for agent, (position, mark) in agents
            if agent not in self._view.egos
            and (position is None or mark != self._base.recurrent[position])
        ]
        return [one for one in found if one is not None]

    def _one(self, agent: int, position: int | None, mark: int) -> Sent | None:
        if not mark:
            if position is None:
                return None
            given = self._given[agent] if agent < len(self._given) else None
            return Sent(agent, Fate.ZEROS if given else Fate.NULL)
        if mark in self._base.positions:
            return Sent(agent, Fate.OTHERS, position, other=self._base.positions[mark])
        if position is None:
            return self._older(agent, None, mark)
        if not self._base.recurrent[position]:
            return None
        older = self._older(agent, position, mark)
        # The reader of steps leaves recurrent states out where all are as one step, maybe an older
        # one, answered them.
        return (
            older
            if older or "recurrent_states" not in self._view.request
            else self._changed(agent, position)
        )

    def _older(self, agent: int, position: int | None, mark: int) -> Sent | None:
        """Look for a recurrent state in older answers, and in later ones where the client went back."""
        for answered in reversed(self._all.earlier):
            if mark in answered.positions:
                who = answered.who[answered.positions[mark]]
                steps = self._base.index - answered.index
                if steps > 0 and position is not None and who == self._base.who[position]:
                    return Sent(agent, Fate.STALE, steps=steps)
                other = self._base.who.index(who) if who in self._base.who else None
                return Sent(agent, Fate.OTHERS, position, other=other, steps=steps)
        for simulation, answers in self._all.others.items():
            for answered in reversed(answers):
                if mark in answered.positions:
                    other = answered.positions[mark]
                    return Sent(agent, Fate.OTHERS, position, other=other, simulation=simulation)
        return None

    def _changed(self, agent: int, position: int) -> Sent:
        sent = _numbers(self._given, agent)
        if sent is None and agent < len(self._given) and rows(self._given[agent]):
            return Sent(agent, Fate.NOT_NUMBERS)
        answered = (
            _numbers(rows(self._base.view.answer.get("recurrent_states")), position)
            if self._base.view
            else None
        )
        if sent is None or answered is None or len(sent) != len(answered):
            return Sent(agent, Fate.CHANGED)
        # One that has all its digits still shows that none were taken off the others.
        is_exact = any(
            a == b and _digits(a) == _ALL_DIGITS
            for a, b in zip(sent[:_FEW], answered, strict=False)
        )
        if not is_exact and _is_float32(sent, answered):
            return Sent(agent, Fate.FLOAT32)
        if not is_exact and (rounding := _rounding(sent, answered)) is not None:
            digits, decimals = rounding
            return Sent(agent, Fate.ROUNDED, digits=digits, decimals=decimals)
        return Sent(agent, Fate.CHANGED, change=max(map(abs, map(sub, sent, answered))))


def _numbers(given: Sequence[Any], position: int) -> list[float] | None:
    row = rows(given[position]) if position < len(given) else ()
    if set(map(type, row)) == {float} and math.isfinite(sum(row)):  # nearly always, and sooner seen
        return list(row)
    read = [number(one) for one in row]
    found = [one for one in read if one is not None]
    return found if found and len(found) == len(read) else None


def _is_float32(sent: Sequence[float], answered: Sequence[float]) -> bool:
    form = f"<{len(answered)}f"
    try:
        return list(struct.unpack(form, struct.pack(form, *answered))) == list(sent)
    except (OverflowError, struct.error):
        return False


def _rounding(sent: list[float], answered: list[float]) -> tuple[int, bool] | None:
    """Return to how many digits numbers were rounded, and whether those after the point were counted."""
    decimals = _decimals_kept(sent, answered)
    if decimals is not None and decimals < _MOST_DECIMALS:
        return decimals, True
    digits = _digits_kept(sent, answered)
    if digits is not None:
        return digits, False
    return None if decimals is None else (decimals, True)


def _decimals_kept(sent: list[float], answered: list[float]) -> int | None:
    """Return to how many digits after the point numbers were rounded; None if that is not what was done."""
    few = max(map(_decimals, sent[:_FEW]))
    if (
        few < _ALL_DIGITS and [round(one, few) for one in answered] == sent
    ):  # then none of the others has more
        return few
    if (digits := _most(_decimals, sent)) is None:
        return None
    # Who rounds with another rule for halves, or cuts off, is off by no more than one in the last
    # place.
    unit = 10.0**-digits
    close = all(abs(a - b) <= unit * (1 + 1e-9) for a, b in zip(sent, answered, strict=True))
    rounded = sum(round(b, digits) == a for a, b in zip(sent, answered, strict=True))
    cut = sum(abs(a) <= abs(b) for a, b in zip(sent, answered, strict=True))
    return digits if close and max(rounded, cut) == len(sent) else None


def _digits_kept(sent: Sequence[float], answered: Sequence[float]) -> int | None:
    """Return to how many digits in all numbers were rounded, as ``%.6g`` does; None if that is not what was done."""
    if (digits := _most(_digits, sent)) is None:
        return None
    same = all(float(f"{b:.{digits}g}") == a for a, b in zip(sent, answered, strict=True))
    return digits if same else None


def _most(count: Callable[[float], int], numbers: Sequence[float]) -> int | None:
    """Return the most digits that any of the numbers has; None as soon as one has all that a double can have."""
    most = 0
    for one in numbers:
        most = max(most, count(one))
        if most >= _ALL_DIGITS:
            return None
    return most


def _decimals(one: float) -> int:
    """How many digits a number has after the point, in the shortest text that is it."""
    mantissa, _, exponent = repr(one).partition("e")
    return max(len(mantissa.partition(".")[2].rstrip("0")) - int(exponent or 0), 0)


def _digits(one: float) -> int:
    """How many digits a number has that count, in the shortest text that is it."""
    return max(len(repr(one).partition("e")[0].lstrip("-").replace(".", "").strip("0")), 1)
