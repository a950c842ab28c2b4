"""Check 200, recurrent-of-another."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.checks.comparison import compared
from iai_proxy.checks.model import Check, Finding, Severity, StepView
from iai_proxy.checks.recurrent import Fate, of_fate


class RecurrentOfAnother(Check):
    """An agent is sent with another agent's recurrent state.

    Why: the recurrent state is the agent's memory: its way, its speed, its neighbours. With another's, the model
    believes the agent somewhere else and on another way; it typically brakes hard or turns where it should not. That
    holds for a newcomer that is given some other agent's too: zeros would be better.

    Example: ``recurrent.append(recurrent[-1])`` for an agent that is spawned.

    Mend: give newcomers ``RecurrentState()``, or the one that ``initialize`` returned for them; move agents in all
    lists at once.
    """

    code = 200
    name = "recurrent-of-another"
    severity = Severity.ERROR
    help = (
        "Give every agent its own recurrent state, and newcomers RecurrentState() or what initialize returned for them."
    )

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report each agent with another's memory."""
        twice = {agent for agent, _ in compared(self.run, view).twice}
        for one in of_fate(self.run, view, Fate.OTHERS):
            if one.agent in twice:
                continue
            whose = "an agent that has left" if one.other is None else f"agent {one.other}"
            if one.simulation is not None:
                whose += f" of simulation {one.simulation}"
            elif one.newcomer and one.other is not None:
                whose += " of the answer before"
            age = f", {one.steps} {'step' if one.steps == 1 else 'steps'} old" if one.steps > 0 else ""
            who = f"agent {one.agent}, a newcomer," if one.newcomer else f"agent {one.agent}"
            yield self.finding(view, f"{who} is sent with the recurrent state of {whose}{age}", (one.agent,))
