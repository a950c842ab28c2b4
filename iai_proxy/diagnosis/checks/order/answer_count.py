"""Check 303, answer-count."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView


class AnswerCount(Check):
    """The answer has another number of agents than was asked for.

    Why: lists are paired by index; where one is shorter, a program that zips them loses agents
        without a word, and
    one that does not reads another agent's state. The value is how many agents the answer has.

    Example: ``initialize`` places 48 of 50 agents, since the region is full.

    Mend: take the number of agents from the answer, not from the request; ask for fewer in the
        region.
    """

    code = 303
    name = "answer-count"
    severity = Severity.ERROR
    help = "Take the number of agents from the answer; ask for fewer if the region is full."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Compare counts. A large initialize drops agents by design."""
        asked, got = len(view.sent_states), len(view.answered_states)
        if view.endpoint.is_initialize:
            if len(view.calls) > 1:
                return
            spawned = view.request.get("num_agents_to_spawn")
            asked = max(
                asked, len(view.sent_properties), spawned if isinstance(spawned, int) else 0
            )
        if asked != got:
            yield self.finding(view, f"{asked} agents were asked for, {got} were answered", (), got)
