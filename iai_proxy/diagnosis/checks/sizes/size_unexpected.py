"""Check 50, size-unexpected."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.sizes.expected_sizes import new_sizes, unexpected
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class SizeUnexpected(Check):
    """The client gives a car or pedestrian a size outside the range that the model expects.

    Why: cars are expected to be 3 to 7 m by 1 to 3 m, pedestrians 0.5 to 2 m both ways, with the
    rear axle at 5 % to 95 % of the length; these are the ranges of the SDK's own tool
    (``logs/diagnostics.py``). With other sizes the model keeps wrong distances. Sizes that
    ``initialize`` itself drew are not checked; those of egos are whenever they change. The value is
    the size of the first such agent, in m.

    Example: length and width exchanged; half sizes, as in CARLA's ``bounding_box.extent``, instead
    of whole ones.

    Fix: give whole lengths and widths in metres, and the distance from the centre to the rear axle.
    """

    code = 50
    name = "size-unexpected"
    severity = Severity.WARNING
    help = (
        "Give whole lengths and widths in m (cars 3-7 by 1-3, pedestrians 0.5-2), the rear axle"
        " from the centre."
    )
    unit = "m"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report new sizes out of range, all of a step in one finding."""
        wrong = {
            agent: found
            for agent, size in new_sizes(self.run, view)
            if (found := unexpected(size)) is not None
        }
        if wrong:
            first, *others = wrong
            description, value = wrong[first]
            also = f"; so {verb(others, 'is', 'are')} {listed(others)}" if others else ""
            yield self.finding(view, f"agent {first}'s {description}{also}", wrong, value)
