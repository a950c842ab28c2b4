"""Check 278, seed-absent."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.checks.model import Check, Finding, RunView, Severity, StepView
from iai_proxy.checks.seeds import Seeds


class SeedAbsent(Check):
    """No random seed is sent.

    Why: the service then draws one, and nobody can ever make the same run again: not to find a fault in it, and not
    to compare two versions of a planner on it. (A recording can be replayed in any case.)

    Example: ``iai.drive(...)`` without ``random_seed``.

    Mend: ``random_seed=seed + step`` with a seed that is written down.
    """

    code = 278
    name = "seed-absent"
    severity = Severity.INFO
    help = "Send a random_seed with initialize and at each step, and write it down."

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._seeds = Seeds()

    def step(self, view: StepView) -> Iterable[Finding]:
        """Look at the first seeds of a simulation."""
        seeds = self._seeds.first(view)
        if seeds and set(seeds) == {None}:
            yield self.finding(view, f"the first {len(seeds)} calls of drive have no random_seed")
