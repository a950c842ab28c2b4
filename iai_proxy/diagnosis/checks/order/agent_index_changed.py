"""Check 10, agent-index-changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.identity.moved import moved_along
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class AgentIndexChanged(Check):
    """An agent is at another index than in the previous answer.

    Why: one index stands for one agent in every list: states, recurrent states and properties. If a
    state moves to another index, the other lists must move along, and the program that reads the
    next answer by index must know. Otherwise agents drive on with the memory and the size of
    others, and the predictions of all that changed places are wrong. If everything of an agent
    moves, nothing is lost (207). Indices that shift because other agents left or arrived are not
    reported.

    Example: ``states = sorted(response.agent_states, key=lambda state: state.center.x)`` while
    ``recurrent_states`` and ``agent_properties`` stay as they were.

    Fix: keep one order from ``initialize`` to the end. Keep your own ids in a list in that order.
    """

    code = 10
    name = "agent-index-changed"
    severity = Severity.ERROR
    help = "Keep the agents in one order from initialize to the end, in all lists."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents out of order."""
        agents = compared(self.run, view).reordered
        if not agents or moved_along(self.run, view):
            return
        subject, are = listed(agents), verb(agents, "is", "are")
        if self._are_memories_in_place(view, agents):
            state = verb(agents, "the state", "the states")
            memory = verb(agents, "its recurrent state", "their recurrent states")
            subject = f"{state} of {subject}, but not {memory},"
        message = f"{subject} {are} at another index than in the previous answer"
        yield self.finding(view, message, agents, len(agents))

    def _are_memories_in_place(self, view: StepView, agents: Sequence[int]) -> bool:
        """Return whether the recurrent states of these agents have not moved."""
        base = compared(self.run, view).base
        answered = base.recurrent if base else ()
        pairs = list(zip(view.recurrent, answered, strict=False))
        return all(
            agent < len(pairs) and pairs[agent][0] and pairs[agent][0] == pairs[agent][1]
            for agent in agents
        )
