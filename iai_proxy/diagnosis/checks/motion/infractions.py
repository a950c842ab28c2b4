"""Check 304, infractions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import rows
from iai_proxy.diagnosis.wording import listed, verb

#: In the order of the answer's ``infraction_indicators``.
_KINDS: Final = (
    ("collides", "collide"),
    ("is off the road", "are off the road"),
    ("drives the wrong way", "drive the wrong way"),
)


class Infractions(Check):
    """Agents collide or leave the road.

    Why: it happens, with the best of models; but if it happens often, or to an agent that another
    check names, it is a consequence of the client's mistake. The value is the number of agents.

    Example: an ego that drives through others, because the client moves it without looking.

    Fix: look at the agents' other findings first; then at the step itself: ``iai-proxy calls FILE
    --step K``.
    """

    code = 304
    name = "infractions"
    severity = Severity.INFO
    help = "Look at the other findings of these agents, then at a picture of the step."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents by kind of infraction."""
        indicators = [rows(agent) for agent in rows(view.answer.get("infraction_indicators"))]
        for kind, (singular, plural) in enumerate(_KINDS):
            agents = [
                agent
                for agent, flags in enumerate(indicators)
                if len(flags) > kind and flags[kind] is True
            ]
            if agents:
                message = f"{listed(agents)} {verb(agents, singular, plural)}"
                yield self.finding(view, message, agents, len(agents))
