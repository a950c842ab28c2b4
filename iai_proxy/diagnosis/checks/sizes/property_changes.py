"""Which agents got other sizes or types between two steps, and whose moved to another index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.diagnosis.identity import Comparison, compared
from iai_proxy.diagnosis.identity.answered import Answered
from iai_proxy.diagnosis.identity.equality import same_sizes
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.values import NO_SIZES, Sizes, sizes
from iai_proxy.diagnosis.wording import grouped

_NAMES: Final = ("length", "width", "rear_axis_offset", "agent_type")


@dataclass(frozen=True, slots=True)
class ResizedAgent:
    """An agent whose sizes changed; ``now`` is None if they are missing."""

    agent: int
    before: Sizes
    now: Sizes | None

    def __str__(self) -> str:
        """Describe the change: ``length from 4.5 to 5 m``."""
        if self.now is None:
            return "all, which are missing"
        parts = []
        for name, old, new in zip(_NAMES, self.before, self.now, strict=True):
            if old != new:
                unit = "" if isinstance(old, str) or isinstance(new, str) else " m"
                parts.append(f"{name} from {_shown(old)} to {_shown(new)}{unit}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class PropertyChanges:
    """What changed at one step, without egos, whose properties are the client's to choose.

    Attributes:
        resized: agents with other sizes than before.
        moved: agents whose sizes were at another index before.
    """

    resized: tuple[ResizedAgent, ...] = ()
    moved: tuple[int, ...] = ()


_NONE: Final = PropertyChanges()


class _SizeChanges(PerStep[PropertyChanges]):
    def _work_out(self, view: StepView) -> PropertyChanges:
        comparison = compared(self.run, view)
        base = comparison.base
        if base is None or not base.properties:
            return _NONE
        if comparison.in_place and view.sent_properties == base.properties:
            return _NONE
        return _changes(comparison, base)


def property_changes(run: RunView, view: StepView) -> PropertyChanges:
    """Return what changed about agents that the previous step had too."""
    return run.shared(_SizeChanges).at(view)


def _changes(comparison: Comparison, base: Answered) -> PropertyChanges:
    view = comparison.view
    sent = [sizes(given) if given else None for given in view.sent_properties]
    before = [sizes(given) for given in base.properties]
    resized = []
    for agent, position in comparison.kept:
        if position < len(before):
            now = sent[agent] if agent < len(sent) else None
            if not same_sizes(before[position], now or NO_SIZES):
                resized.append(ResizedAgent(agent, before[position], now))
    without_egos = [change for change in resized if change.agent not in view.egos]
    gone = [before[position] for position in comparison.leavers if position < len(before)]
    for changes, left in ((without_egos, []), (resized, []), (without_egos, gone)):
        if without_egos and _are_exchanged(changes, left):
            return PropertyChanges(moved=tuple(change.agent for change in changes))
    return PropertyChanges(tuple(without_egos), _resized_by_moving(comparison, before, sent))


def _are_exchanged(changes: Sequence[ResizedAgent], left: Sequence[Sizes]) -> bool:
    """Return whether all new sizes are old ones of these agents, or of agents that left."""
    old = Counter([*(str(change.before) for change in changes), *map(str, left)])
    return Counter(str(change.now) for change in changes) <= old


def _resized_by_moving(
    comparison: Comparison, before: Sequence[Sizes], sent: Sequence[Sizes | None]
) -> tuple[int, ...]:
    """Return reordered agents whose sizes moved along, if the sizes tell the two indices apart."""
    moved = []
    for agent in comparison.reordered:
        position, now = comparison.owner[agent], sent[agent] if agent < len(sent) else None
        if now is None or position is None or max(agent, position) >= len(before):
            continue
        if not same_sizes(before[agent], now) and same_sizes(before[position], now):
            moved.append(agent)
    return tuple(moved)


def _shown(value: float | str | None) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else grouped(value)
