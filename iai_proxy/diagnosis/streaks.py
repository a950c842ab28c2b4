"""What an agent does at step after step."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Mapping
from typing import Final, Generic, NamedTuple, TypeVar

from iai_proxy.diagnosis.step_view import StepView

#: Rows that are remembered at once, one for each agent at each step: of 100 agents those of 160
#: steps, so that many branches may be asked for in turn.
_ROWS: Final = 16_384
#: Agents that are remembered at once, those of each step counted: of 100 agents those of 650 steps.
_REMEMBERED: Final = 65_536

Value = TypeVar("Value")


class _Row(NamedTuple, Generic[Value]):
    place: int
    values: deque[Value]


class Streaks(Generic[Value]):
    """Rows of values by agent, from step to step: one that is left out breaks the row. Branches have rows of their own.

    ``who`` is an agent, by the number that it has at all steps, or whatever else has a row. A
    history has several steps in one request: ``place`` tells them apart, 0 for the latest, -1 for
    the one before it and so on.

    Args:
        kept: how many of each agent's latest values.
    """

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._rows: OrderedDict[tuple[int, Hashable], _Row[Value]] = OrderedDict()

    def before(self, view: StepView, who: Hashable, place: int = 0) -> Value | None:
        """Return the latest value of the row that goes on at a step; None where none does."""
        row = self._going_on(view, who, place)
        return row[-1] if row else None

    def add(self, view: StepView, who: Hashable, value: Value, place: int = 0) -> deque[Value]:
        """Lengthen an agent's row, or begin one, and return the latest values of it. Places come in order."""
        row = deque(self._going_on(view, who, place) or (), maxlen=self._kept)
        row.append(value)
        self._rows[view.first_call, who] = _Row(place, row)
        if len(self._rows) > _ROWS:
            self._rows.popitem(last=False)
        return row

    def _going_on(self, view: StepView, who: Hashable, place: int) -> deque[Value] | None:
        row, latest = self._rows.get((view.first_call, who)), place - 1
        if row is None and view.previous is not None:
            row, latest = self._rows.get((view.previous.first_call, who)), 0
        return row.values if row is not None and row.place == latest else None


class Knowledge(Generic[Value]):
    """What is known of agents, by their numbers: it stays where a step says nothing new. Branches have their own."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, Mapping[int, Value]] = OrderedDict()
        self._count = 0

    def at(self, view: StepView) -> Mapping[int, Value]:
        """Return what is known before a step."""
        return self._known.get(view.previous.first_call, {}) if view.previous is not None else {}

    def keep(self, view: StepView, known: Mapping[int, Value]) -> None:
        """Remember what is known after a step: of each, also where it is the same as before."""
        if not known:
            return
        self._known[view.first_call] = known
        self._count += len(known)
        while self._count > _REMEMBERED and len(self._known) > 1:
            _, forgotten = self._known.popitem(last=False)
            self._count -= len(forgotten)
