"""The first seeds of each simulation, step after step: what they are like at the beginning, they are like to the end.

Where several threads go on from one step, those of the first one count.
"""

from __future__ import annotations

from typing import Final

from iai_proxy.checks.model import StepView

#: So many calls of ``drive`` are looked at.
COUNT: Final = 5


class Seeds:
    """Gathers the seeds of one check."""

    def __init__(self) -> None:
        self._of: dict[int, list[int | None]] = {}
        self._latest: dict[int, int] = {}  # by simulation the latest step's first call

    def first(self, view: StepView) -> list[int | None]:
        """Return the seeds of a simulation's first calls of ``drive`` once, at the last of them; else nothing."""
        if view.endpoint == "initialize":
            return []
        seeds = self._of.setdefault(view.simulation, [])
        before = view.previous.calls[0].id if view.previous and view.previous.calls else None
        if len(seeds) == COUNT or (seeds and before != self._latest[view.simulation]):
            return []
        self._latest[view.simulation] = view.calls[0].id if view.calls else 0
        seed = view.request.get("random_seed")
        seeds.append(seed if isinstance(seed, int) and not isinstance(seed, bool) else None)
        return seeds if len(seeds) == COUNT else []
