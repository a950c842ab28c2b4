"""Check 221, speed-in-kmh."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.api.limits import FASTEST
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.speeds import UNIT_STEPS, Speeds, unit_of
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import state
from iai_proxy.diagnosis.wording import grouped

#: A speed is beyond all traffic before it is known to be 3.6 times the way: it is one mistake.
_KIND: Final = "unit"


class SpeedInKmh(Check):
    """A speed that the client sends looks like km/h or mph.

    Why: speeds are m/s. One that is 3.6 times too high makes an agent unable to stop or turn as far
        as the model
    knows, and all others give way to it. The value is the speed as sent over the distance moved in
    0.1 s, or over the speed a step before where that grows so at each step; five steps must say the
    same, at 0.3 m/s and more. Over 70 m/s (252 km/h) a speed is reported whatever the distance,
    since no road traffic is that fast; there is no value then.

    Example: ``speed = 3.6 * math.hypot(velocity.x, velocity.y)``.

    Fix: send m/s.
    """

    code = 221
    name = "speed-in-kmh"
    severity = Severity.ERROR
    help = "Send speeds in m/s."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents whose speed is 3.6 or 2.2 times what they move, steadily, or beyond any traffic."""
        for agent, ratio, growth, since in self.run.shared(Speeds).steady(view, UNIT_STEPS):
            if unit := unit_of(
                growth
            ):  # what was answered in m/s is sent in this unit, taken for m/s, and so on
                value, said = (
                    growth,
                    f"agent {agent}'s speed becomes {growth:.2g} times as large at each step",
                )
            elif unit := unit_of(ratio):
                value, said = (
                    ratio,
                    f"agent {agent}'s speed is {ratio:.2g} times the distance it covers per second",
                )
            else:
                continue
            said += f": this looks like {unit}, m/s are expected"
            yield self.finding(view, said, (agent,), value, since=since, kind=_KIND)
        states = view.sent_states
        for agent in compared(self.run, view).made:
            read = state(states[agent])
            if read is not None and abs(read[3]) > FASTEST:
                said = f"agent {agent}'s speed is {grouped(read[3])}: m/s are expected, and no road traffic is that fast"
                yield self.finding(view, said, (agent,), kind=_KIND)
