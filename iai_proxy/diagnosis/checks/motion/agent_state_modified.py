"""Check 11, agent-state-modified."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity.answered import STATE_TOLERANCE
from iai_proxy.diagnosis.identity.comparison import Comparison, compared
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks
from iai_proxy.diagnosis.values import State, state
from iai_proxy.diagnosis.wording import enumerated, grouped, listed, verb

#: Digits after the point that states may be rounded to: two are within the tolerance.
_DIGITS: Final = (1, 0)
#: Rounded numbers are equal within this, whoever rounded them.
_EQUAL: Final = 1e-9
#: One agent alone may stand at a round place.
_SEVERAL: Final = 2


class AgentStateModified(Check):
    """An agent's state is not the one that the previous answer gave for it.

    Why: the model moves an agent from where it remembers it to be. A state that was changed in
        between, by more than
    rounding to centimetres, contradicts the recurrent state, and the agent brakes, swerves or
    freezes. Egos, which the client drives itself, are exempt: name them with ``--ego``. Agents that
    are not sent back at all are a finding of their own (100). The value is the largest distance in
    m; none where only headings or speeds were changed.

    Example: ``state.center.y += lane_offset`` before the next ``drive``; or positions read back
        from a simulator that
    snapped them to its own road.

    Fix: send ``response.agent_states`` as it came. Where a simulator must own an agent, own it at
        every step.
    """

    code = 11
    name = "agent-state-modified"
    severity = Severity.WARNING
    help = "Send the states of the previous answer as they came; name the agents that you drive yourself with --ego."
    unit = "m"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._amounts = Streaks[tuple[float, float, float]](
            1
        )  # the largest so far, by who was changed together

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report changed states of agents that are no egos and were not merely exchanged."""
        comparison = compared(self.run, view)
        if comparison.base is None or not comparison.changed:
            return
        known = {*view.egos, *comparison.reordered}
        sent, answered = view.sent_states, comparison.base.states
        pairs = {
            agent: (one, other)
            for agent in comparison.changed
            if agent not in known and (position := comparison.owner[agent]) is not None
            if (one := state(sent[agent])) is not None
            and (other := state(answered[position])) is not None
        }
        alike, to = _rounded(comparison) if pairs else ([], "")
        if far := [
            math.dist(one[:2], other[:2]) for agent, (one, other) in pairs.items() if agent in alike
        ]:
            whose = verb(alike, "the state of", "the states of")
            yield self.finding(
                view, f"the client rounded {whose} {listed(alike)} to {to}", alike, max(far)
            )
        if others := {agent: pair for agent, pair in pairs.items() if agent not in alike}:
            yield self._changed(view, others)

    def _changed(self, view: StepView, pairs: Mapping[int, tuple[State, State]]) -> Finding:
        """Say by how much states were changed, now or at the steps before: by agent as sent and as answered."""
        agents = tuple(pairs)
        before = self._amounts.before(view, agents) or (0.0, 0.0, 0.0)
        worst, turned, faster = map(
            max, zip(before, *(_apart(*pair) for pair in pairs.values()), strict=True)
        )
        self._amounts.add(view, agents, (worst, turned, faster))
        moved = worst > STATE_TOLERANCE
        amounts = [(worst, "m"), (turned, "rad of heading"), (faster, "m/s")]
        named = enumerated(
            [f"{grouped(one)} {unit}" for one, unit in amounts if one > STATE_TOLERANCE]
        )
        whose = verb(agents, "the state of", "the states of")
        by = f", by up to {named}" if named else ""
        said = f"the client changed {whose} {listed(agents)}{by}"
        return self.finding(view, said, agents, worst if moved else None, kind="changed")


def _apart(one: State, other: State) -> tuple[float, float, float]:
    """By how much two states differ: m, rad without whole turns, m/s."""
    return (
        math.dist(one[:2], other[:2]),
        abs(math.remainder(one[2] - other[2], math.tau)),
        abs(one[3] - other[3]),
    )


def _rounded(comparison: Comparison) -> tuple[list[int], str]:
    """Return whose states were rounded, and to what; nobody, where that is so of less than half of the agents."""
    if comparison.base is None:
        return [], ""
    sent, answered = comparison.view.sent_states, comparison.base.states
    pairs = [
        (agent, state(sent[agent]), state(answered[position]))
        for agent, position in comparison.kept
    ]
    for digits in _DIGITS:
        alike = [
            agent
            for agent, one, other in pairs
            if one and other and _is_rounded(one, other, digits)
        ]
        alike = [agent for agent in alike if agent not in comparison.view.egos]
        if len(alike) >= max(_SEVERAL, len(pairs) / 2):
            return (
                alike,
                "whole numbers"
                if digits == 0
                else f"{digits} digit{'s' if digits > 1 else ''} after the point",
            )
    return [], ""


def _is_rounded(sent: State, answered: State, digits: int) -> bool:
    """Whether the place was rounded, and heading and speed at most as much."""
    apart = [
        abs(one - round(other, digits)) for one, other in zip(sent[:2], answered[:2], strict=True)
    ]
    others = [abs(one - other) for one, other in zip(sent[2:], answered[2:], strict=True)]
    return max(apart) < _EQUAL and max(others) <= 0.5 * 10.0**-digits + _EQUAL
