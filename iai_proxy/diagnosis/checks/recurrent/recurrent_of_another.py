"""Check 200, recurrent-of-another."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.causes import Fate, Sent, of_fate
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import StepView


class RecurrentOfAnother(Check):
    """An agent is sent with another agent's recurrent state.

    Why: the recurrent state is the agent's memory: its way, its speed, its neighbours. With
        another's, the model
    believes the agent somewhere else and on another way; it typically brakes hard or turns where it
    should not. That holds for a newcomer that is given some other agent's too: zeros would be
    better.

    Example: ``recurrent.append(recurrent[-1])`` for an agent that is spawned.

    Mend: give newcomers ``RecurrentState()``, or the one that ``initialize`` returned for them;
        move agents in all
    lists at once.
    """

    code = 200
    name = "recurrent-of-another"
    severity = Severity.ERROR
    help = "Give every agent its own recurrent state, and newcomers RecurrentState() or what initialize returned for them."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report each agent with another's memory."""
        comparison = compared(self.run, view)
        twice = {agent for agent, _ in comparison.twice}
        for one in of_fate(self.run, view, Fate.OTHERS):
            if one.agent in twice:
                continue
            said = f"{_who(one)} is sent with the recurrent state of {_whose(one, moved=comparison.moved)}"
            age = (
                f", {one.steps} {'step' if one.steps == 1 else 'steps'} old"
                if one.steps > 0
                else ""
            )
            yield self.finding(view, f"{said}{age}", (one.agent,))


def _who(sent: Sent) -> str:
    if sent.position is None:
        return f"agent {sent.agent}, a newcomer,"
    # Where others left, an index of the request is somebody else's in the previous answer.
    return f"agent {sent.agent}" + (
        f" ({sent.position} in the previous answer)" if sent.position != sent.agent else ""
    )


def _whose(sent: Sent, *, moved: bool) -> str:
    if sent.other is None:
        return "an agent that has left"
    if sent.simulation is not None:
        return f"agent {sent.other} of simulation {sent.simulation}"
    return f"agent {sent.other}" + (
        " of the previous answer" if moved or sent.position is None else ""
    )
