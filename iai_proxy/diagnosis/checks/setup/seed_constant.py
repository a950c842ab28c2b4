"""Check 277, seed-constant."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.setup.seeds import COUNT, Seeds
from iai_proxy.diagnosis.step_view import StepView


class SeedConstant(Check):
    """The same random seed is sent at every step.

    Why: what is drawn at random, such as an agent's hesitation, is then drawn alike at each step:
    agents are stuck with their luck, and traffic is less varied than the model can make it.

    Example: ``iai.drive(..., random_seed=42)`` in the loop.

    Fix: ``random_seed=seed + step``, or ``rng.randrange(2**31)`` of a ``random.Random(seed)``.
    """

    code = 277
    name = "seed-constant"
    severity = Severity.INFO
    help = "Send another seed at each step, derived from one: seed + step."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Compare the latest seeds of a simulation."""
        seeds = [seed.value for seed in self.run.shared(Seeds).at(view)]
        if len(seeds) == COUNT and seeds[0] is not None and len(set(seeds)) == 1:
            message = f"drive has the same random_seed, {seeds[0]}, at all these steps"
            since = max(view.index - COUNT + 1, 0)
            yield self.finding(view, message, since=since, kind=f"seed {seeds[0]}")
