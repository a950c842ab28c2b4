"""Which agents' sizes and types changed between two steps, and which only stand at another place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.diagnosis.identity.answered import Answered, same_sizes
from iai_proxy.diagnosis.identity.comparison import Comparison, compared
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.values import NO_SIZES, Sizes, sizes
from iai_proxy.diagnosis.wording import grouped

_NAMES: Final = ("length", "width", "rear_axis_offset", "agent_type")


@dataclass(frozen=True, slots=True)
class Changes:
    """Of one step.

    Attributes:
        modified: (agent, sizes before, sizes now); now is None where they are missing.
        elsewhere: agents whose sizes stand at another place than they did.
    """

    modified: tuple[tuple[int, Sizes, Sizes | None], ...] = ()
    elsewhere: tuple[int, ...] = ()


_NOTHING: Final = Changes()


class _Changes(PerStep[Changes]):
    def _work_out(self, view: StepView) -> Changes:
        comparison = compared(self.run, view)
        base = comparison.base
        if base is None or not base.properties:
            return _NOTHING
        if comparison.in_place and view.sent_properties == base.properties:
            return _NOTHING
        return _changes(comparison, base)


def changes(run: RunView, view: StepView) -> Changes:
    """Return what changed about agents that the previous step had too; egos are the client's affair."""
    return run.shared(_Changes).at(view)


def described(before: Sizes, now: Sizes | None) -> str:
    """Say what changed: ``length from 4.5 to 5 m``."""
    if now is None:
        return "all, which are missing"
    parts = []
    for name, old, new in zip(_NAMES, before, now, strict=True):
        if old != new:
            unit = "" if isinstance(old, str) or isinstance(new, str) else " m"
            parts.append(f"{name} from {_written(old)} to {_written(new)}{unit}")
    return ", ".join(parts)


def _written(value: float | str | None) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else grouped(value)


def _are_exchanged(
    changed: Sequence[tuple[int, Sizes, Sizes | None]], left: Sequence[Sizes]
) -> bool:
    """Whether all new sizes are old ones of these agents, or of some that left: the lists are out of step."""
    old = Counter([*(str(before) for _, before, _ in changed), *map(str, left)])
    return Counter(str(now) for _, _, now in changed) <= old


def _changes(comparison: Comparison, base: Answered) -> Changes:
    view = comparison.view
    sent = [sizes(one) if one else None for one in view.sent_properties]
    before = [sizes(one) for one in base.properties]
    pairs = [(agent, one) for agent, one in comparison.kept if one < len(before)]
    now = {agent: sent[agent] if agent < len(sent) else None for agent, _ in pairs}
    changed = [
        (agent, before[position], now[agent])
        for agent, position in pairs
        if not same_sizes(before[position], now[agent] or NO_SIZES)
    ]
    differing = [one for one in changed if one[0] not in view.egos]
    gone = [before[position] for position in comparison.leavers if position < len(before)]
    for several, left in ((differing, []), (changed, []), (differing, gone)):
        if differing and _are_exchanged(several, left):
            return Changes(elsewhere=tuple(agent for agent, _, _ in several))
    along = tuple(
        agent
        for agent in comparison.reordered
        if (own := now.get(agent)) and agent < len(before) and not same_sizes(before[agent], own)
        if (position := comparison.owner[agent]) is not None and same_sizes(before[position], own)
    )
    return Changes(tuple(differing), along)
