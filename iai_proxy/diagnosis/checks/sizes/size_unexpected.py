"""Check 50, size-unexpected."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.sizes.expected_sizes import new_sizes, unexpected
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class SizeUnexpected(Check):
    """A car's or pedestrian's size, as the client gives it, is outside what the model expects.

    Why: cars are expected to be 3 to 7 m by 1 to 3 m, pedestrians 0.5 to 2 m both ways; these are
        the ranges of
    the SDK's own tool (``logs/diagnostics.py``), and for the rear axle 5 % to 95 % of the length.
    With others it keeps wrong distances. Sizes that ``initialize`` itself drew are not looked at;
    those of egos are whenever they change. The value is the size of the first such agent, in m.

    Example: length and width exchanged; half sizes, as CARLA's ``bounding_box.extent`` has them, in
        place of whole
    ones.

    Fix: give whole lengths and widths in metres, and the distance from the centre to the rear
        axle.
    """

    code = 50
    name = "size-unexpected"
    severity = Severity.WARNING
    help = "Give whole lengths and widths in m (cars 3-7 by 1-3, pedestrians 0.5-2), the rear axle from the centre."
    unit = "m"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report sizes of agents that are seen for the first time, or are egos with others than before."""
        wrong = [
            (agent, said) for agent, size in new_sizes(self.run, view) if (said := unexpected(size))
        ]
        if wrong:
            agents = [agent for agent, _ in wrong]
            (first, (what, value)), more = wrong[0], len(wrong) - 1
            also = f"; so {verb(agents[1:], 'is', 'are')} {listed(agents[1:])}" if more else ""
            yield self.finding(view, f"agent {first}'s {what}{also}", agents, value)
