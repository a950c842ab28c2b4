"""Check 304, infractions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import rows
from iai_proxy.diagnosis.wording import listed, verb

_KINDS: Final = (
    ("collides", "collide"),
    ("is off the road", "are off the road"),
    ("drives the wrong way", "drive the wrong way"),
)


class Infractions(Check):
    """Agents collide or leave the road.

    Why: it happens, with the best of models; but where it happens often, or to an agent that
        another check names, it
    is what the client's mistake leads to. The value is how many agents.

    Example: an ego that drives through others, which the client moves without looking.

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
        given = rows(view.answer.get("infraction_indicators"))
        if not any(True in rows(one) for one in given):
            return
        for kind, (one, several) in enumerate(_KINDS):
            agents = [
                agent
                for agent, each in enumerate(given)
                if len(rows(each)) > kind and each[kind] is True
            ]
            if agents:
                yield self.finding(
                    view, f"{listed(agents)} {verb(agents, one, several)}", agents, len(agents)
                )
