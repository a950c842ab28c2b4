"""What an agent does at step after step: the latest values of each, as long as nothing breaks the row."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from iai_proxy.checks.model import StepView

#: Agents that are remembered at once, those of all simulations together.
_AGENTS: Final = 4096

Value = TypeVar("Value")


class Streaks(Generic[Value]):
    """Values by agent.

    Args:
        steps: how many of each agent's latest are kept.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._latest: dict[tuple[int, int], deque[Value]] = {}

    def add(self, view: StepView, who: int, value: Value) -> Sequence[Value]:
        """Lengthen an agent's row, and return its latest values; nothing while they are too few."""
        self._latest.setdefault((view.simulation, who), deque(maxlen=self._steps)).append(value)
        while len(self._latest) > _AGENTS:
            del self._latest[next(iter(self._latest))]
        return self.latest(view, who)

    def latest(self, view: StepView, who: int) -> Sequence[Value]:
        """Return an agent's latest values; nothing while they are too few."""
        latest = self._latest.get((view.simulation, who), ())
        return tuple(latest) if len(latest) == self._steps else ()

    def end(self, view: StepView, who: int) -> None:
        """Break an agent's row."""
        self._latest.pop((view.simulation, who), None)
