"""Check 279, seed-drawn."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.setup.seeds import COUNT, Seeds
from iai_proxy.diagnosis.step_view import StepView


class SeedDrawn(Check):
    """Random seeds look drawn at random at each call.

    Why: if the program does not seed its own generator, the next run has other seeds, and the run
    can't be repeated. (A recording can be replayed in any case.) If it does, all is well; the
    calls alone can't tell.

    Example: ``random_seed=random.randint(1, 100000)``, as in the SDK's own examples, without
    ``random.seed(...)``.

    Fix: ``random_seed=seed + step``, or draw from a ``random.Random(seed)`` whose seed is written
    down.
    """

    code = 279
    name = "seed-drawn"
    severity = Severity.INFO
    help = "Seed the generator that draws the seeds, or send seed + step."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Look at the first seeds of a simulation; the later ones come from the same code."""
        latest = self.run.shared(Seeds).at(view)
        if not latest or latest[-1].call != COUNT:
            return
        seeds = [seed.value for seed in latest if seed.value is not None]
        differences = {after - before for before, after in itertools.pairwise(seeds)}
        # Seeds that are counted may jump once, but repeat the difference then.
        if len(seeds) == COUNT and len(differences) == COUNT - 1:
            shown = ", ".join(map(str, seeds[:3]))
            message = f"seeds look drawn at each call ({shown}, …)"
            yield self.finding(
                view, f"{message}: the run can't be repeated unless their generator is seeded"
            )
