"""Check 226, outside-supported-area."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.thresholds import MANY_STEPS
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks
from iai_proxy.diagnosis.values import rows


class OutsideSupportedArea(Check):
    """An agent is outside the supported area for ten steps or more.

    Why: beyond the map's border the model knows neither roads nor lights, and says so in
    ``is_inside_supported_area``; its predictions for such an agent are worthless. Agents that
    merely cross the border are not reported, nor are egos. The value is the number of steps in a
    row.

    Example: cars that have left the map are driven on for ever, off to the horizon.

    Fix: remove an agent from all lists once ``response.is_inside_supported_area`` is false for it.
    """

    code = 226
    name = "outside-supported-area"
    severity = Severity.WARNING
    help = "Remove agents for which is_inside_supported_area stays false."
    unit = "step"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._counts = Streaks[int](1)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Count, for each agent, how long it has been outside."""
        keys = compared(self.run, view).who
        inside = rows(view.answer.get("is_inside_supported_area"))
        for agent, is_inside in enumerate(inside[: len(keys)]):
            if is_inside is not False or agent in view.egos:
                continue
            count = (self._counts.before(view, keys[agent]) or 0) + 1
            self._counts.add(view, keys[agent], count)
            if count >= MANY_STEPS:
                message = f"agent {agent} is outside the supported area for {count} steps"
                since = max(view.index - count + 1, 0)
                yield self.finding(view, message, (agent,), count, since=since)
