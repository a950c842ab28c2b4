"""Check 228, other-time-step."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.speeds import Speeds, time_step_of
from iai_proxy.diagnosis.checks.motion.thresholds import MANY_STEPS
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import grouped


class OtherTimeStep(Check):
    """An agent moves as if a step were longer or shorter than 0.1 s.

    Why: one ``drive`` is 0.1 s, for all agents. If a client's own simulator runs at 20 or 100 Hz
    and calls at each of its frames, its ego moves at half or a tenth of the speed that it gives,
    and the others overtake it as if it stood. The value is the speed as sent over the distance
    covered per second. Ten steps must agree, at 1 m/s or more; for other ratios see 230.

    Example: CARLA with ``fixed_delta_seconds=0.05`` and one ``drive`` a tick.

    Fix: call ``drive`` once for every 0.1 s of your simulator's time, and interpolate in between.
    """

    code = 228
    name = "other-time-step"
    severity = Severity.WARNING
    help = "Call drive once for every 0.1 s of your simulator's time."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents whose distances fit the time step of another simulator."""
        for agent, ratio, since in self.run.shared(Speeds).steady(view, MANY_STEPS):
            if (time_step := time_step_of(ratio)) is not None:
                moves = f"agent {agent} moves as if a step were {grouped(time_step)} s, not 0.1 s"
                speed = f"its speed is {grouped(ratio)} times the distance it covers per second"
                yield self.finding(view, f"{moves}: {speed}", (agent,), ratio, since=since)
