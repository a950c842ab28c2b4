"""Check 10, agent-index-changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.identity.reordering import moved_along
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class AgentIndexChanged(Check):
    """An agent stands at another place of the list than in the previous answer.

    Why: an agent is what stands at one index of every list: state, recurrent state and properties.
        When its state
    moves to another index, the others must move along, and whoever reads the next answer by index
    must know of it. Where they do not, agents drive on with the memory and the size of others, and
    the predictions of all who were exchanged are wrong. Where all that is an agent's moved along
    nothing is lost (207). Places that shift because others left or arrived are not reported.

    Example: ``states = sorted(response.agent_states, key=lambda state: state.center.x)`` while
        ``recurrent_states``
    and ``agent_properties`` stay as they were.

    Mend: keep one order from ``initialize`` to the end. Keep your own ids in a list of that order.
    """

    code = 10
    name = "agent-index-changed"
    severity = Severity.ERROR
    help = "Keep the agents in one order from initialize to the end, in all lists."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents out of order."""
        agents = compared(self.run, view).reordered
        if agents and not moved_along(self.run, view):
            who, left = listed(agents), self._left_behind(view, agents)
            if left:
                who = f"{verb(agents, 'the state', 'the states')} of {who}, but not {left},"
            message = f"{who} {verb(agents, 'stands', 'stand')} at another index than in the previous answer"
            yield self.finding(view, message, agents, len(agents))

    def _left_behind(self, view: StepView, agents: Sequence[int]) -> str:
        """Name the recurrent states, where all of them stand where they stood."""
        base = compared(self.run, view).base
        recurrent = dict(
            enumerate(zip(view.recurrent, base.recurrent if base else (), strict=False))
        )
        stayed = all(
            sent and sent == answered
            for sent, answered in (recurrent.get(one, (0, 0)) for one in agents)
        )
        return verb(agents, "its recurrent state", "their recurrent states") if stayed else ""
