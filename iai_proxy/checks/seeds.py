"""The seeds of each simulation, step after step.

Where several threads go on from one step, those of the first one count.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from iai_proxy.checks.model import StepView

#: So many calls of ``drive`` one after another are looked at.
COUNT: Final = 5


class Seen(NamedTuple):
    """The latest seeds of a simulation.

    Attributes:
        seeds: the latest, at most :data:`COUNT`; None where there was none.
        calls: how many calls of ``drive`` there were so far.
    """

    seeds: deque[int | None]
    calls: int


class Seeds:
    """Gathers the seeds for one check."""

    def __init__(self) -> None:
        self._of: dict[int, Seen] = {}
        self._latest: dict[int, int] = {}  # by simulation the latest step's first call

    def latest(self, view: StepView) -> Seen | None:
        """Return the latest seeds of a simulation at a call of ``drive``; None at other calls and in other threads."""
        if view.endpoint == "initialize":
            return None
        before = view.previous.calls[0].id if view.previous and view.previous.calls else None
        known = self._of.get(view.simulation)
        if known is not None and before != self._latest[view.simulation]:
            return None
        self._latest[view.simulation] = view.calls[0].id if view.calls else 0
        seed = view.request.get("random_seed")
        seeds = known.seeds if known is not None else deque[int | None](maxlen=COUNT)
        seeds.append(seed if isinstance(seed, int) and not isinstance(seed, bool) else None)
        seen = self._of[view.simulation] = Seen(seeds, known.calls + 1 if known is not None else 1)
        return seen
