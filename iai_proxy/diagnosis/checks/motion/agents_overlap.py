"""Check 224, agents-overlap."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.boxes import box, overlaps
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import sizes, state
from iai_proxy.diagnosis.wording import grouped


class AgentsOverlap(Check):
    """Agents that the client places overlap others.

    Why: a simulation that begins with a collision goes on as one: what the model does
    with both agents and those around them is arbitrary. The value is the depth of the worst overlap
    in m; boxes are taken 5 cm smaller on each side.

    Example: spawn points closer together than a lorry is long; or width and length exchanged.

    Fix: place agents apart; leave those whose place does not matter to ``initialize``.
    """

    code = 224
    name = "agents-overlap"
    severity = Severity.WARNING
    help = "Place agents apart, or leave placing them to initialize."
    unit = "m"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report overlaps where at least one of the two was placed by the client at this step."""
        initialize = view.endpoint.is_initialize
        if initialize and len(view.calls) > 1:
            return  # of a large call it is not known which agents were given
        comparison = compared(self.run, view)
        placed = range(len(view.sent_states)) if comparison.base is None else comparison.newcomers
        if not placed:
            return
        states = view.answered_states if initialize else view.sent_states
        given = view.valid_properties
        footprints = [
            made
            for agent, (one, properties) in enumerate(zip(states, given, strict=False))
            if (read := state(one)) is not None
            and (made := box(agent, read, sizes(properties))) is not None
        ]
        mine, same = set(placed), set(comparison.twice)
        found = [
            (depth, one.agent, other.agent)
            for one, other, depth in overlaps(footprints)
            if not mine.isdisjoint((one.agent, other.agent))
            and (other.agent, one.agent) not in same
        ]
        if found:
            agents = sorted({agent for _, *pair in found for agent in pair})
            depth, one, other = max(found)
            more = f", and {len(found) - 1} more pairs overlap" if len(found) > 1 else ""
            said = f"agents {one} and {other} overlap by {grouped(depth)} m where they are placed{more}"
            yield self.finding(view, said, agents, depth)
