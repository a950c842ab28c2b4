"""Check 223, rear-axle-outside."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.sizes.expected_sizes import new_sizes, unexpected
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import grouped


class RearAxleOutside(Check):
    """The rear axle is not inside the agent's box.

    Why: ``rear_axis_offset`` is the distance from the box's centre back to the rear axle, so
    between 0 and half the length. The agent turns about that axle: if it is behind the bumper, the
    agent turns far too wide. Offsets of newcomers are checked, and those of egos whenever they
    change. The value is the offset in m.

    Example: the wheelbase, or the distance from the front bumper, instead of the distance from the
    centre.

    Fix: send the distance from centre to rear axle, 1.2 to 1.5 m for most cars; or what
    ``initialize`` returned.
    """

    code = 223
    name = "rear-axle-outside"
    severity = Severity.WARNING
    help = (
        "rear_axis_offset is the distance from the centre to the rear axle: between 0 and half the"
        " length."
    )
    unit = "m"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report new offsets, unless check 50 reports the size already."""
        for agent, size in new_sizes(self.run, view):
            length, _, rear, _ = size
            if length is None or rear is None or 0 <= rear <= length / 2 or unexpected(size):
                continue
            axle = f"agent {agent}'s rear axle is {grouped(rear)} m behind its centre"
            message = f"{axle}, but it is {grouped(length)} m long"
            yield self.finding(view, message, (agent,), rear)
