"""Check 280, initialize-inconsistent."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import Sizes, rows, sizes
from iai_proxy.diagnosis.wording import listed, verb


class InitializeInconsistent(Check):
    """What initialize is given does not fit together.

    Why: agents with a state come first, and each needs its whole properties: length, width and rear
        axle. Otherwise
    the service refuses, or takes one agent's size for another. Every step of the history must have
    the same agents.

    Example: properties with only ``agent_type`` first, then those of the agents that have states.

    Fix: put agents that have states first, in all lists, and agents to be sampled, with only their
        type, at the end.
    """

    code = 280
    name = "initialize-inconsistent"
    severity = Severity.ERROR
    help = "Agents with states first, each with length, width and rear_axis_offset; agents to be sampled at the end."
    looks_at_refused = True

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report what is missing. Parts of a large call are made by the SDK."""
        if not view.endpoint.is_initialize or len(view.calls) > 1:
            return
        counts = sorted({len(rows(step)) for step in rows(view.request.get("states_history"))})
        if len(counts) > 1:
            said = f"steps of states_history have from {counts[0]} to {counts[-1]} agents"
            yield self.finding(view, f"{said}; all must have the same")
        given, properties = len(view.sent_states), view.sent_properties
        if given > len(properties):
            said = f"{given} agents have states, but {len(properties)} {'has' if len(properties) == 1 else 'have'}"
            yield self.finding(view, f"{said} properties", range(len(properties), given))
        bare = [agent for agent, one in enumerate(properties[:given]) if _lacks(sizes(one))]
        if bare:
            said = f"{listed(bare)} {verb(bare, 'has a state', 'have states')}, but no length, width or rear axle"
            yield self.finding(view, said, bare)


def _lacks(size: Sizes) -> bool:
    length, width, rear, kind = size
    return length is None or width is None or (rear is None and kind == "car")
