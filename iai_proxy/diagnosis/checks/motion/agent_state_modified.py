"""Check 11, agent-state-modified."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.thresholds import EQUAL
from iai_proxy.diagnosis.identity import Comparison, compared
from iai_proxy.diagnosis.identity.answered import Answered
from iai_proxy.diagnosis.identity.equality import STATE_TOLERANCE
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks
from iai_proxy.diagnosis.values import State, state
from iai_proxy.diagnosis.wording import enumerated, grouped, listed, verb

#: Digits after the point that states may be rounded to; with two they count as unchanged.
_DIGITS: Final = {1: "1 digit after the point", 0: "whole numbers"}
#: A single agent may happen to be at a round place.
_LEAST_ROUNDED: Final = 2
#: m, rad and m/s by which states differ.
_Amounts = tuple[float, float, float]


class AgentStateModified(Check):
    """An agent's state is not the one that the previous answer gave for it.

    Why: the model moves an agent from where it remembers the agent to be. If the state was changed
    in between, by more than rounding to centimetres, it contradicts the recurrent state, and the
    agent brakes, swerves or freezes. Egos, which the client drives itself, are exempt: name them
    with ``--ego``. Agents that are not sent back at all are another finding (100). A finding's
    value is the largest distance in m; it has none if only headings or speeds were changed.

    Example: ``state.center.y += lane_offset`` before the next ``drive``; or positions read back
    from a simulator that snapped them to its own road.

    Fix: send ``response.agent_states`` unchanged. If a simulator must control an agent, let it do
    so at every step.
    """

    code = 11
    name = "agent-state-modified"
    severity = Severity.WARNING
    help = (
        "Send the states of the previous answer unchanged; name the agents that you drive yourself"
        " with --ego."
    )
    unit = "m"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._amounts = Streaks[_Amounts](1)  # the largest so far, by the agents changed together

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report changed states of agents that are not egos and were not merely reordered."""
        comparison = compared(self.run, view)
        if comparison.base is None or not comparison.changed:
            return
        changed = _changed(comparison, comparison.base)
        if not changed:
            return
        # Rounding leaves some states nearly unchanged: named are all that are round.
        rounded, to = _rounded(comparison, comparison.base)
        offsets = [math.dist(*_places(changed[agent])) for agent in rounded if agent in changed]
        if offsets:
            states = verb(rounded, "the state of", "the states of")
            message = f"the client rounded {states} {listed(rounded)} to {to}"
            yield self.finding(view, message, rounded, max(offsets))
        others = {agent: pair for agent, pair in changed.items() if agent not in rounded}
        if others:
            yield self._finding(view, others)

    def _finding(self, view: StepView, pairs: Mapping[int, tuple[State, State]]) -> Finding:
        """Report by how much states were changed, now or at the steps before."""
        agents = tuple(pairs)
        before = self._amounts.before(view, agents) or (0.0, 0.0, 0.0)
        differences = [_difference(sent, answered) for sent, answered in pairs.values()]
        moved, turned, faster = map(max, zip(before, *differences, strict=True))
        self._amounts.add(view, agents, (moved, turned, faster))
        amounts = [(moved, "m"), (turned, "rad of heading"), (faster, "m/s")]
        named = [
            f"{grouped(amount)} {unit}" for amount, unit in amounts if amount > STATE_TOLERANCE
        ]
        states = verb(agents, "the state of", "the states of")
        by = f", by up to {enumerated(named)}" if named else ""
        value = moved if moved > STATE_TOLERANCE else None
        message = f"the client changed {states} {listed(agents)}{by}"
        return self.finding(view, message, agents, value, kind="changed")


def _changed(comparison: Comparison, base: Answered) -> dict[int, tuple[State, State]]:
    """Return the states, as sent and as answered, of agents that were changed in their place."""
    exempt = {*comparison.view.egos, *comparison.reordered}
    pairs = {}
    for agent in comparison.changed:
        position = comparison.owner[agent]
        if agent in exempt or position is None:
            continue
        sent = state(comparison.view.sent_states[agent])
        answered = state(base.states[position])
        if sent is not None and answered is not None:
            pairs[agent] = sent, answered
    return pairs


def _difference(sent: State, answered: State) -> _Amounts:
    """Return by how much two states differ; whole turns don't count."""
    return (
        math.dist(sent[:2], answered[:2]),
        abs(math.remainder(sent[2] - answered[2], math.tau)),
        abs(sent[3] - answered[3]),
    )


def _places(pair: tuple[State, State]) -> tuple[tuple[float, float], tuple[float, float]]:
    sent, answered = pair
    return sent[:2], answered[:2]


def _rounded(comparison: Comparison, base: Answered) -> tuple[list[int], str]:
    """Return the agents whose states are rounded, and to what, if those are half of all."""
    kept = [
        (agent, state(comparison.view.sent_states[agent]), state(base.states[position]))
        for agent, position in comparison.kept
    ]
    for digits, to in _DIGITS.items():
        rounded = [
            agent
            for agent, sent, answered in kept
            if sent and answered and _is_rounded(sent, answered, digits)
        ]
        rounded = [agent for agent in rounded if agent not in comparison.view.egos]
        if len(rounded) >= max(_LEAST_ROUNDED, len(kept) / 2):
            return rounded, to
    return [], ""


def _is_rounded(sent: State, answered: State, digits: int) -> bool:
    """Return whether the position was rounded, and heading and speed were at most."""
    position = zip(sent[:2], answered[:2], strict=True)
    others = zip(sent[2:], answered[2:], strict=True)
    most = 0.5 * 10.0**-digits + EQUAL
    return all(abs(ours - round(theirs, digits)) < EQUAL for ours, theirs in position) and all(
        abs(ours - theirs) <= most for ours, theirs in others
    )
