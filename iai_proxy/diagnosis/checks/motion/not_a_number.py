"""Check 227, not-a-number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.recurrent_changes import Cause, recurrent_changes
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import state
from iai_proxy.diagnosis.wording import listed, verb


class NotANumber(Check):
    """A state, or a recurrent state that the client sends, has NaN, infinity or a non-number.

    Why: JSON has no NaN; the service refuses it, or reads it as null, and one NaN spreads to every
    agent that looks at this one. It never goes away by itself: the next answer has it too.

    Example: a heading from ``atan2`` of a velocity that was divided by zero.

    Fix: check ``math.isfinite`` before sending; keep the last good value.
    """

    code = 227
    name = "not-a-number"
    severity = Severity.ERROR
    help = "Check math.isfinite before sending."
    looks_at_refused = True

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report states and recurrent states that are not finite numbers."""
        sides = {"answered": view.answered_states}
        if not compared(self.run, view).identical:
            sides = {"sent": view.sent_states, **sides}
        for side, states in sides.items():
            if _are_all_finite(states):
                continue
            agents = [agent for agent, given in enumerate(states) if state(given) is None]
            if agents:
                subject = f"the {side} {verb(agents, 'state', 'states')} of {listed(agents)}"
                message = f"{subject} {verb(agents, 'is', 'are')} not four finite numbers"
                yield self.finding(view, message, agents)
        bad = [change.agent for change in recurrent_changes(self.run, view, Cause.NOT_NUMBERS)]
        if bad:
            message = f"the recurrent state of {listed(bad)} has NaN, infinity or no numbers"
            yield self.finding(view, message, bad)


def _are_all_finite(states: Sequence[Any]) -> bool:
    """Check all states at once, which is fast; false for odd ones that have to be looked at."""
    try:
        return set(map(len, states)) <= {4} and math.isfinite(sum(map(sum, states)))
    except (TypeError, OverflowError):
        return False
