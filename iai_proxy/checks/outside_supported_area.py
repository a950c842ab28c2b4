"""Check 226, outside-supported-area."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.checks.comparison import compared
from iai_proxy.checks.model import Check, Finding, RunView, Severity, StepView
from iai_proxy.checks.values import listed, rows, verb

_STEPS: Final = 10


class OutsideSupportedArea(Check):
    """An agent is outside the supported area for ten steps or more.

    Why: beyond the map's border the model knows neither roads nor lights. It says so in ``is_inside_supported_area``;
    what it predicts for such an agent is worth nothing. Agents that merely cross the border are not reported, nor
    egos. The value is the number of steps in a row.

    Example: cars that have left the map are driven on for ever, off to the horizon.

    Mend: remove an agent from all lists once ``response.is_inside_supported_area`` is false for it.
    """

    code = 226
    name = "outside-supported-area"
    severity = Severity.WARNING
    help = "Remove agents for which is_inside_supported_area stays false."
    unit = "step"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._steps: dict[int, dict[int, int]] = {}  # by simulation and agent

    def step(self, view: StepView) -> Iterable[Finding]:
        """Count, for each agent, how long it has been outside."""
        inside = rows(view.answer.get("is_inside_supported_area"))
        comparison = compared(self.run, view)
        if all(inside):
            self._steps.pop(view.simulation, None)
            return
        before = self._steps.get(view.simulation, {})
        out = [
            agent
            for agent, one in enumerate(inside)
            if one is False and agent not in view.egos and agent < len(comparison.who)
        ]
        now = self._steps[view.simulation] = {
            comparison.who[agent]: before.get(comparison.who[agent], 0) + 1 for agent in out
        }
        agents = [agent for agent in out if now[comparison.who[agent]] >= _STEPS]
        if agents:
            longest = max(now[comparison.who[agent]] for agent in agents)
            said = f"{listed(agents)} {verb(agents, 'is', 'are')} outside the supported area"
            yield self.finding(view, f"{said} for {longest} steps", agents, longest)
