"""What an agent does at step after step: the latest values of each, as long as nothing breaks the row."""

from __future__ import annotations

from collections import deque
from typing import Final, Generic, NamedTuple, TypeVar

from iai_proxy.checks.model import StepView

#: Agents that are remembered at once, those of all simulations together.
_AGENTS: Final = 4096

Value = TypeVar("Value")


class Streak(NamedTuple, Generic[Value]):
    """A row of one agent.

    Attributes:
        begun: the step that it began at.
        latest: its latest values, at most as many as are kept.
    """

    begun: int
    latest: deque[Value]


class Streaks(Generic[Value]):
    """Rows by agent.

    Args:
        kept: how many of each agent's latest values.
    """

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._rows: dict[tuple[int, int], Streak[Value]] = {}

    def add(self, view: StepView, who: int, value: Value) -> Streak[Value]:
        """Lengthen an agent's row, or begin one, and return it."""
        row = self._rows.setdefault((view.simulation, who), Streak(view.index, deque(maxlen=self._kept)))
        row.latest.append(value)
        while len(self._rows) > _AGENTS:
            del self._rows[next(iter(self._rows))]
        return row

    def last(self, view: StepView, who: int) -> Value | None:
        """Return an agent's latest value; None without one."""
        row = self._rows.get((view.simulation, who))
        return row.latest[-1] if row is not None else None

    def end(self, view: StepView, who: int) -> None:
        """Break an agent's row."""
        self._rows.pop((view.simulation, who), None)
