"""The first seeds of each simulation: what they are like at the beginning, they are like to the end."""

from __future__ import annotations

from typing import Final

from iai_proxy.checks.model import StepView

#: So many calls of ``drive`` are looked at.
COUNT: Final = 5


class Seeds:
    """Gathers the seeds of one check."""

    def __init__(self) -> None:
        self._of: dict[int, list[int | None]] = {}
        self._latest: dict[int, int] = {}  # by simulation the step; a fork repeats some

    def first(self, view: StepView) -> list[int | None]:
        """Return the seeds of a simulation's first calls of ``drive`` once, at the last of them; else nothing."""
        if view.endpoint == "initialize":
            return []
        seeds = self._of.setdefault(view.simulation, [])
        if len(seeds) == COUNT or view.index <= self._latest.get(view.simulation, -1):
            return []
        self._latest[view.simulation] = view.index
        seed = view.request.get("random_seed")
        seeds.append(seed if isinstance(seed, int) and not isinstance(seed, bool) else None)
        return seeds if len(seeds) == COUNT else []
