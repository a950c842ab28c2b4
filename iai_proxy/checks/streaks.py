"""What an agent does at step after step."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

from iai_proxy.checks.model import StepView

#: Rows that are remembered at once, one for each agent at each step: of 100 agents those of 160 steps, so that many
#: branches may be asked for in turn.
_ROWS: Final = 16_384

Value = TypeVar("Value")


class Streaks(Generic[Value]):
    """Rows of values by agent, from step to step: one that is left out breaks the row. Branches have rows of their own.

    ``who`` is an agent, by the number that it has at all steps, or whatever else has a row.

    Args:
        kept: how many of each agent's latest values.
    """

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._rows: OrderedDict[tuple[int, Hashable], deque[Value]] = OrderedDict()

    def before(self, view: StepView, who: Hashable) -> Value | None:
        """Return the latest value of the row that goes on at a step; None where none does."""
        row = self._going_on(view, who)
        return row[-1] if row else None

    def add(self, view: StepView, who: Hashable, value: Value) -> deque[Value]:
        """Lengthen an agent's row, or begin one, and return the latest values of it. A step may add several."""
        row = deque(self._going_on(view, who) or (), maxlen=self._kept)
        row.append(value)
        self._rows[_call_of(view), who] = row
        if len(self._rows) > _ROWS:
            self._rows.popitem(last=False)
        return row

    def _going_on(self, view: StepView, who: Hashable) -> deque[Value] | None:
        own = self._rows.get((_call_of(view), who))
        if own is None and view.previous is not None:
            return self._rows.get((_call_of(view.previous), who))
        return own


def _call_of(view: StepView) -> int:
    return view.calls[0].id if view.calls else 0
