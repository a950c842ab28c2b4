"""Check 280, initialize-inconsistent."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import Sizes, rows, sizes
from iai_proxy.diagnosis.wording import listed, verb


class InitializeInconsistent(Check):
    """The inputs of initialize do not fit together.

    Why: agents with a state come first, and each needs all its sizes: length, width and, if it is a
    car, rear axle. An agent to be sampled has all of its sizes or none. Otherwise the service
    refuses the call, or takes one agent's size for another's. Every step of the history must have
    the same agents.

    Example: properties with only ``agent_type`` first, then those of the agents that have states.

    Fix: put agents that have states first, in all lists, and agents to be sampled, with only their
    type, at the end.
    """

    code = 280
    name = "initialize-inconsistent"
    severity = Severity.ERROR
    help = (
        "Agents with states first, each with length, width and rear_axis_offset; agents to be"
        " sampled at the end, with all of these or none."
    )
    looks_at_refused = True

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report what is missing. Parts of a large call are made by the SDK."""
        if not view.is_initialize or view.is_divided:
            return
        counts = {len(rows(states)) for states in rows(view.request.get("states_history"))}
        if len(counts) > 1:
            span = f"from {min(counts)} to {max(counts)} agents"
            message = f"steps of states_history have {span}; all must have the same"
            yield self.finding(view, message)
        states, properties = len(view.sent_states), view.sent_properties
        if states > len(properties):
            have = "has" if len(properties) == 1 else "have"
            message = f"{states} agents have states, but {len(properties)} {have} properties"
            yield self.finding(view, message, range(len(properties), states))
        bare = [
            agent for agent, given in enumerate(properties[:states]) if _is_incomplete(sizes(given))
        ]
        if bare:
            subject = f"{listed(bare)} {verb(bare, 'has a state', 'have states')}"
            yield self.finding(view, f"{subject}, but no length, width or rear axle", bare)
        # What was answered all the same was not refused for this.
        sampled = () if view.answer else range(states, len(properties))
        partial = [agent for agent in sampled if _is_partial(sizes(properties[agent]))]
        if partial:
            subject = f"{listed(partial)} {verb(partial, 'is', 'are')} to be sampled"
            message = f"{subject} with some of length, width and rear axle, but not all"
            yield self.finding(view, message, partial)


def _is_incomplete(size: Sizes) -> bool:
    length, width, rear, kind = size
    return length is None or width is None or (rear is None and kind == "car")


def _is_partial(size: Sizes) -> bool:
    length, width, rear, _ = size
    is_unsized = length is width is rear is None
    return not is_unsized and _is_incomplete(size)
