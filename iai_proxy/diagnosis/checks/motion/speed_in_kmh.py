"""Check 221, speed-in-kmh."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from iai_proxy.api.limits import FASTEST
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.motion.speeds import Speeds, unit_of
from iai_proxy.diagnosis.checks.motion.thresholds import FEW_STEPS
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import state
from iai_proxy.diagnosis.wording import grouped

#: Both messages below are about one mistake.
_KIND: Final = "unit"


class SpeedInKmh(Check):
    """A speed that the client sends looks like km/h or mph.

    Why: speeds are m/s. With a speed that is 3.6 times too high an agent can't stop or turn, as far
    as the model knows, and all others give way to it. The value is the speed as sent over the
    distance covered per second; or, of a speed that is converted again at each step, over the one
    sent before. Five steps must agree, at 1 m/s or more. A speed over 70 m/s (252 km/h) is reported
    whatever the distance, since no road traffic is that fast; it has no value.

    Example: ``speed = 3.6 * math.hypot(velocity.x, velocity.y)``.

    Fix: send m/s.
    """

    code = 221
    name = "speed-in-kmh"
    severity = Severity.ERROR
    help = "Send speeds in m/s."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents whose speed is in another unit, by two signs, or is beyond all traffic."""
        yield from self._off_the_distance(view)
        yield from self._converted_again(view)
        yield from self._beyond_traffic(view)

    def _off_the_distance(self, view: StepView) -> Iterator[Finding]:
        for agent, ratio, since in self.run.shared(Speeds).steady(view, FEW_STEPS):
            if unit := unit_of(ratio):
                speed = f"agent {agent}'s speed is {ratio:.2g} times the distance it covers"
                message = f"{speed} per second: this looks like {unit}, m/s are expected"
                yield self.finding(view, message, (agent,), ratio, since=since, kind=_KIND)

    def _converted_again(self, view: StepView) -> Iterator[Finding]:
        for agent, factor, since in self.run.shared(Speeds).converted_again(view):
            speed = f"agent {agent}'s speed becomes {factor:.2g} times as large at each step"
            message = f"{speed}: this looks like {unit_of(factor)}, m/s are expected"
            yield self.finding(view, message, (agent,), factor, since=since, kind=_KIND)

    def _beyond_traffic(self, view: StepView) -> Iterator[Finding]:
        states = view.sent_states
        for agent in compared(self.run, view).made:
            read = state(states[agent])
            if read is not None and abs(read[3]) > FASTEST:
                speed = f"agent {agent}'s speed is {grouped(read[3])}"
                message = f"{speed}: m/s are expected, and no road traffic is that fast"
                yield self.finding(view, message, (agent,), kind=_KIND)
