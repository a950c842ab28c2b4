"""Check 226, outside-supported-area."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks
from iai_proxy.diagnosis.values import rows

_STEPS: Final = 10


class OutsideSupportedArea(Check):
    """An agent is outside the supported area for ten steps or more.

    Why: beyond the map's border the model knows neither roads nor lights. It says so in
        ``is_inside_supported_area``;
    what it predicts for such an agent is worth nothing. Agents that merely cross the border are not
    reported, nor egos. The value is the number of steps in a row.

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
        inside, who = (
            rows(view.answer.get("is_inside_supported_area")),
            compared(self.run, view).who,
        )
        for agent, one in enumerate(inside[: len(who)]):
            if one is False and agent not in view.egos:
                count = (self._counts.before(view, who[agent]) or 0) + 1
                self._counts.add(view, who[agent], count)
                if count >= _STEPS:
                    said = f"agent {agent} is outside the supported area for {count} steps"
                    yield self.finding(
                        view, said, (agent,), count, since=max(view.index - count + 1, 0)
                    )
