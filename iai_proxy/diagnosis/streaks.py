"""What is remembered of agents from step to step, apart for each branch of a simulation."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Mapping
from typing import Final, Generic, NamedTuple, TypeVar

from iai_proxy.diagnosis.step_view import StepView

#: Streaks remembered at a time, one for each agent and step: 160 steps of 100 agents, so that
#: branches may be called in turn.
_MOST_STREAKS: Final = 16_384
#: Agents remembered at a time, counted at each step: 650 steps of 100 agents.
_MOST_AGENTS: Final = 65_536

Value = TypeVar("Value")


class _Streak(NamedTuple, Generic[Value]):
    place: int
    values: deque[Value]


class Streaks(Generic[Value]):
    """Values of consecutive steps, for each agent. A step without a value ends a streak.

    An agent is named by the number that it has at all steps. A history has several steps in one
    request: ``place`` is 0 for the latest, -1 for the one before it and so on.

    Args:
        kept: how many values, the latest, are kept of a streak.
    """

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._streaks: OrderedDict[tuple[int, Hashable], _Streak[Value]] = OrderedDict()

    def before(self, view: StepView, agent: Hashable, place: int = 0) -> Value | None:
        """Return the latest value of the streak that a step continues; None if there is none."""
        values = self._continued(view, agent, place)
        return values[-1] if values else None

    def add(self, view: StepView, agent: Hashable, value: Value, place: int = 0) -> deque[Value]:
        """Add a value to an agent's streak, or begin one, and return its latest values."""
        values = deque(self._continued(view, agent, place) or (), maxlen=self._kept)
        values.append(value)
        self._streaks[view.first_call, agent] = _Streak(place, values)
        if len(self._streaks) > _MOST_STREAKS:
            self._streaks.popitem(last=False)
        return values

    def _continued(self, view: StepView, agent: Hashable, place: int) -> deque[Value] | None:
        streak, latest = self._streaks.get((view.first_call, agent)), place - 1
        if streak is None and view.previous is not None:
            streak, latest = self._streaks.get((view.previous.first_call, agent)), 0
        return streak.values if streak is not None and streak.place == latest else None


class BranchMemory(Generic[Value]):
    """What is known about agents, by their numbers, until it is replaced."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, Mapping[int, Value]] = OrderedDict()
        self._agents = 0

    def at(self, view: StepView) -> Mapping[int, Value]:
        """Return what is known before a step."""
        return self._known.get(view.previous.first_call, {}) if view.previous is not None else {}

    def keep(self, view: StepView, known: Mapping[int, Value]) -> None:
        """Remember what is known after a step, including what has not changed."""
        if not known:
            return
        self._known[view.first_call] = known
        self._agents += len(known)
        while self._agents > _MOST_AGENTS and len(self._known) > 1:
            _, forgotten = self._known.popitem(last=False)
            self._agents -= len(forgotten)
