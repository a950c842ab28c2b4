"""Check 279, seed-drawn."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.setup.seeds import COUNT, Seeds
from iai_proxy.diagnosis.step_view import StepView


class SeedDrawn(Check):
    """Random seeds look drawn at random at each call.

    Why: if the program does not seed its own generator, the next run has others, and the run can't
        be made again. (A
    recording can be replayed in any case.) If it does, all is well: the wire does not show it.

    Example: ``random_seed=random.randint(1, 100000)``, as in the SDK's own examples, with no
        ``random.seed(...)``.

    Fix: ``random_seed=seed + step``, or draw from a ``random.Random(seed)`` whose seed is written
        down.
    """

    code = 279
    name = "seed-drawn"
    severity = Severity.INFO
    help = "Draw seeds from a generator that is seeded itself, or send seed + step."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Look at the first seeds of a simulation: what they are like at the beginning, they are like to the end."""
        latest = self.run.shared(Seeds).at(view)
        if not latest or latest[-1].call != COUNT:
            return
        seeds = [seed.value for seed in latest if seed.value is not None]
        ways = {after - before for before, after in itertools.pairwise(seeds)}
        if (
            len(seeds) == COUNT and len(ways) == COUNT - 1
        ):  # seeds that are counted may jump, but go on then
            shown = ", ".join(map(str, seeds[:3]))
            said = f"seeds look drawn at each call ({shown}, …): the run can't be repeated unless that is seeded"
            yield self.finding(view, said)
