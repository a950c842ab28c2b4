"""Check 224, agents-overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.footprints import Footprint, footprint, overlaps
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import sizes, state
from iai_proxy.diagnosis.wording import grouped


class AgentsOverlap(Check):
    """Agents that the client places overlap others.

    Why: a simulation that begins with a collision goes on as one: what the model does with both
    agents and those around them is arbitrary. The value is the depth of the worst overlap in m;
    boxes are taken 5 cm smaller on each side.

    Example: spawn points closer together than a lorry is long; or width and length exchanged.

    Fix: place agents apart; leave those whose place does not matter to ``initialize``.
    """

    code = 224
    name = "agents-overlap"
    severity = Severity.WARNING
    help = "Place agents apart, or leave placing them to initialize."
    unit = "m"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report overlaps of agents that the client placed at this step."""
        if view.is_initialize and view.is_divided:
            return  # it is not known which agents of a large call were given
        comparison = compared(self.run, view)
        placed = comparison.newcomers if comparison.base else range(len(view.sent_states))
        if not placed:
            return
        repeated = set(comparison.twice)  # check 206 reports them
        found = [
            (depth, first.agent, second.agent)
            for first, second, depth in overlaps(_footprints(view))
            if (first.agent in placed or second.agent in placed)
            and (second.agent, first.agent) not in repeated
        ]
        if found:
            agents = sorted({agent for _, *pair in found for agent in pair})
            depth, first, second = max(found)
            more = f", and {len(found) - 1} more pairs overlap" if len(found) > 1 else ""
            overlap = f"agents {first} and {second} overlap by {grouped(depth)} m"
            yield self.finding(view, f"{overlap} where they are placed{more}", agents, depth)


def _footprints(view: StepView) -> Sequence[Footprint]:
    states = view.answered_states if view.is_initialize else view.sent_states
    found = []
    for agent, (given, properties) in enumerate(zip(states, view.valid_properties, strict=False)):
        if (read := state(given)) is not None and (
            box := footprint(agent, read, sizes(properties))
        ):
            found.append(box)
    return found
