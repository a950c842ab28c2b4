"""Check 20, recurrent-index-changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.identity.reordering import moved_along
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class RecurrentIndexChanged(Check):
    """A recurrent state stands at another index than the one it was answered at.

    Why: recurrent states have no names; the one at index i is taken for agent i's memory. Where
        they move and the
    agents do not move along, each drives on with another's memory (200 says so). Where all move
    along nothing is lost (207). Places that shift because others left or arrived are not reported.

    Example: ``recurrent_states = [memory[id] for id in my_ids]`` with ids in another order than the
        agents.

    Mend: keep one order in all lists from ``initialize`` to the end.
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
        positions = [
            comparison.base.positions.get(mark) for mark in view.recurrent[: len(comparison.owner)]
        ]
        seen = Counter(positions)
        for agent, position in enumerate(positions):
            if position is not None and seen[position] > 1 and comparison.owner[agent] != position:
                positions[agent] = None  # a copy
        agents = [agent for agent in comparison.out_of_order(positions) if agent not in view.egos]
        if agents and not moved_along(self.run, view):
            whose = verb(agents, "the recurrent state of", "the recurrent states of")
            message = f"{whose} {listed(agents)} stood at another index in the previous answer"
            yield self.finding(view, message, agents, len(agents))
