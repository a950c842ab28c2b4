"""What an agent does at step after step, and what is known of it."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

from iai_proxy.checks.model import StepView

#: Agents, each at its latest step, that are remembered at once; those of all simulations together.
_AGENTS: Final = 4096

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """The latest value of each agent, whatever happened in between."""

    def __init__(self) -> None:
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def set(self, view: StepView, who: int, value: Value) -> None:
        """Remember a value."""
        _put(self._values, (view.simulation, who), value)

    def get(self, view: StepView, who: int) -> Value | None:
        """Return an agent's value; None without one."""
        return self._values.get((view.simulation, who))


class Streaks(Generic[Value]):
    """Rows of values by agent, from step to step: one that is left out breaks the row. Branches have rows of their own.

    Args:
        kept: how many of each agent's latest values.
    """

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._rows: OrderedDict[Hashable, deque[Value]] = OrderedDict()

    def add(self, view: StepView, who: int, value: Value) -> deque[Value]:
        """Lengthen an agent's row, or begin one, and return the latest values of it. A step may add several."""
        row = self._rows.get((_call_of(view), who))
        if row is None:
            before = self._rows.get((_call_of(view.previous), who)) if view.previous is not None else None
            row = deque(before or (), maxlen=self._kept)
        row.append(value)
        _put(self._rows, (_call_of(view), who), row)
        return row


def _call_of(view: StepView) -> int:
    return view.calls[0].id if view.calls else 0


def _put(values: OrderedDict[Hashable, Value], key: Hashable, value: Value) -> None:
    values[key] = value
    values.move_to_end(key)
    while len(values) > _AGENTS:
        values.popitem(last=False)
