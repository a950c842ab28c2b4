"""Check 303, answer-count."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView


class AnswerCount(Check):
    """The answer does not have as many agents as were requested.

    Why: lists are paired by index. If one is shorter, a program that zips them loses agents without
    a word, and one that doesn't reads another agent's state. The value is the number of agents in
    the answer.

    Example: ``initialize`` places 48 of 50 agents, because the region is full.

    Fix: take the number of agents from the answer, not from the request; request fewer for the
    region.
    """

    code = 303
    name = "answer-count"
    severity = Severity.ERROR
    help = "Take the number of agents from the answer; request fewer if the region is full."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Compare counts. A large initialize drops agents by design."""
        requested, answered = len(view.sent_states), len(view.answered_states)
        if view.is_initialize:
            if view.is_divided:
                return
            spawned = view.request.get("num_agents_to_spawn")
            spawned = spawned if isinstance(spawned, int) else 0
            requested = max(requested, len(view.sent_properties), spawned)
        if requested != answered:
            message = f"{requested} agents were requested, {answered} were answered"
            yield self.finding(view, message, (), answered)
