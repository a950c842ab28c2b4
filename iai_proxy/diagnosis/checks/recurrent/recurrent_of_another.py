"""Check 200, recurrent-of-another."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.recurrent_changes import (
    Cause,
    RecurrentChange,
    recurrent_changes,
)
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.text import plural


class RecurrentOfAnother(Check):
    """An agent is sent with another agent's recurrent state.

    Why: the recurrent state is the agent's memory: its route, its speed, its neighbours. With
    another's, the model believes that the agent is somewhere else and going somewhere else;
    typically the agent brakes hard or turns where it should not. The same goes for a newcomer that
    is given another agent's: zeros would be better.

    Example: ``recurrent.append(recurrent[-1])`` for an agent that is spawned.

    Fix: give newcomers ``RecurrentState()``, or the one that ``initialize`` returned for them; move
    agents in all lists at once.
    """

    code = 200
    name = "recurrent-of-another"
    severity = Severity.ERROR
    help = (
        "Give every agent its own recurrent state, and newcomers RecurrentState() or what"
        " initialize returned for them."
    )

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report each agent with another's recurrent state."""
        comparison = compared(self.run, view)
        copies = {agent for agent, _ in comparison.twice}  # check 206 reports them
        for change in recurrent_changes(self.run, view, Cause.OTHERS):
            if change.agent in copies:
                continue
            owner = _owner(change, moved=comparison.moved)
            message = f"{_subject(change)} is sent with the recurrent state of {owner}"
            if change.steps > 0:
                message += f", {plural(change.steps, 'step')} old"
            yield self.finding(view, message, (change.agent,))


def _subject(change: RecurrentChange) -> str:
    if change.position is None:
        return f"agent {change.agent}, a newcomer,"
    if change.position != change.agent:  # after others left
        return f"agent {change.agent} ({change.position} in the previous answer)"
    return f"agent {change.agent}"


def _owner(change: RecurrentChange, *, moved: bool) -> str:
    if change.other is None:
        return "an agent that has left"
    if change.simulation is not None:
        return f"agent {change.other} of simulation {change.simulation}"
    is_ambiguous = moved or change.position is None
    return f"agent {change.other}" + (" of the previous answer" if is_ambiguous else "")
