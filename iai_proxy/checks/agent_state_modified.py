"""Check 11, agent-state-modified."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from iai_proxy.checks.answered import STATE_TOLERANCE, apart
from iai_proxy.checks.comparison import compared
from iai_proxy.checks.model import Check, Finding, Severity, StepView
from iai_proxy.checks.values import enumerated, grouped, listed, sent_states, state, verb


class AgentStateModified(Check):
    """An agent's state is not the one that the answer before gave for it.

    Why: the model moves an agent from where it remembers it to be. A state that was changed in between, by more than
    rounding to centimetres, contradicts the recurrent state, and the agent brakes, swerves or freezes. Egos, which
    the client drives itself, are exempt: name them with ``--ego``. Agents that are not sent back at all are a finding
    of their own (100). The value is the largest distance in m; none where only headings or speeds were changed.

    Example: ``state.center.y += lane_offset`` before the next ``drive``; or positions read back from a simulator that
    snapped them to its own road.

    Mend: send ``response.agent_states`` as it came. Where a simulator must own an agent, own it at every step.
    """

    code = 11
    name = "agent-state-modified"
    severity = Severity.WARNING
    help = "Send the states of the answer before as they came; name the agents that you drive yourself with --ego."
    unit = "m"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report changed states of agents that are no egos and were not merely exchanged."""
        comparison = compared(self.run, view)
        if comparison.base is None or not comparison.changed:
            return
        known = {*view.egos, *comparison.reordered}
        sent, answered = sent_states(view), comparison.base.states
        agents, far, turned, faster = [], [], [], []
        for agent in comparison.changed:
            position = comparison.owner[agent]
            if agent not in known and position is not None and state(sent[agent]) is not None:
                agents.append(agent)
                far.append(apart(sent[agent], answered[position]))
                rad, speed = _otherwise(sent[agent], answered[position])
                turned.append(rad)
                faster.append(speed)
        if agents:
            worst = max(far)
            moved = STATE_TOLERANCE < worst < math.inf
            amounts = [(worst if moved else 0.0, "m"), (max(turned), "rad of heading"), (max(faster), "m/s")]
            named = enumerated([f"{grouped(one)} {unit}" for one, unit in amounts if one > STATE_TOLERANCE])
            whose = verb(agents, "the state of", "the states of")
            by = f", by up to {named}" if named else ""
            yield self.finding(
                view, f"the client changed {whose} {listed(agents)}{by}", agents, worst if moved else None
            )


def _otherwise(one: Any, other: Any) -> tuple[float, float]:
    """By how much the heading (rad, without whole turns) and the speed (m/s) of two states differ; 0 if unreadable."""
    first, second = state(one), state(other)
    if first is None or second is None:
        return 0.0, 0.0
    return abs(math.remainder(first[2] - second[2], math.tau)), abs(first[3] - second[3])
