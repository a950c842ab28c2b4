"""Check 20, recurrent-index-changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.identity.moved import moved_along
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class RecurrentIndexChanged(Check):
    """A recurrent state is at another index than in the answer that it came with.

    Why: recurrent states have no names; the one at index i is taken for agent i's memory. If they
    move and the agents don't, each agent drives on with another's memory (see 200). If everything
    of an agent moves, nothing is lost (207). Indices that shift because other agents left or
    arrived are not reported.

    Example: ``recurrent_states = [memory[id] for id in my_ids]`` with ids in another order than the
    agents.

    Fix: keep one order in all lists from ``initialize`` to the end.
    """

    code = 20
    name = "recurrent-index-changed"
    severity = Severity.WARNING
    help = "Keep recurrent states in the order of the answer that they came with."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report recurrent states out of order."""
        comparison = compared(self.run, view)
        if comparison.identical or comparison.base is None:
            return
        fingerprints = view.recurrent[: len(comparison.owner)]
        positions = [comparison.base.positions.get(fingerprint) for fingerprint in fingerprints]
        counts = Counter(positions)
        for agent, position in enumerate(positions):
            is_copied = position is not None and counts[position] > 1
            if is_copied and comparison.owner[agent] != position:
                positions[agent] = None
        agents = [agent for agent in comparison.out_of_order(positions) if agent not in view.egos]
        if agents and not moved_along(self.run, view):
            whose = verb(agents, "the recurrent state of", "the recurrent states of")
            were = verb(agents, "was", "were")
            message = f"{whose} {listed(agents)} {were} at another index in the previous answer"
            yield self.finding(view, message, agents, len(agents))
