"""Check 221, speed-in-kmh."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.checks.comparison import compared
from iai_proxy.checks.model import Check, Finding, RunView, Severity, StepView
from iai_proxy.checks.speeds import Speeds
from iai_proxy.checks.values import grouped, sent_states, state

#: m/s. 252 km/h: racing cars apart, nobody drives so.
FASTEST: Final = 70.0
#: So many steps in a row must say the same.
_STEPS: Final = 5
#: Unit, units in a m/s, and how far off counts: mph must be told from a step of half the length (ratio 2).
_UNITS: Final = (("km/h", 3.6, 0.1), ("mph", 2.237, 0.04))


class SpeedInKmh(Check):
    """A speed that the client sends looks like km/h or mph.

    Why: speeds are m/s. One that is 3.6 times too high makes an agent unable to stop or turn as far as the model
    knows, and all others give way to it. The value is the speed as sent over the distance moved in the step, or, for
    an agent that has not moved yet, the speed itself: over 70 m/s (252 km/h) is no road traffic. Five steps must say
    the same, at 0.3 m/s and more.

    Example: ``speed = 3.6 * math.hypot(velocity.x, velocity.y)``.

    Mend: send m/s.
    """

    code = 221
    name = "speed-in-kmh"
    severity = Severity.ERROR
    help = "Send speeds in m/s."

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._speeds = Speeds(run, _STEPS)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents whose speed is 3.6 or 2.2 times what they move, steadily, or beyond any traffic."""
        states = sent_states(view)
        fast = [
            (agent, read[3])
            for agent in compared(self.run, view).made
            if (read := state(states[agent])) is not None and abs(read[3]) > FASTEST
        ]
        for agent, speed in fast:
            said = f"agent {agent}'s speed is {grouped(speed)}: m/s are expected, and no road traffic is that fast"
            yield self.finding(view, said, (agent,), speed)
        for agent, ratio, since in self._speeds.steady(view):
            unit = unit_of(ratio)
            if unit is not None and agent not in dict(fast):
                said = f"agent {agent}'s speed is {ratio:.2g} times the way that it moves: this looks like {unit}"
                yield self.finding(view, f"{said}, m/s are expected", (agent,), ratio, since=since)


def unit_of(ratio: float) -> str | None:
    """Name the unit that makes a speed so many times as large as in m/s."""
    return next((unit for unit, factor, spread in _UNITS if abs(ratio / factor - 1) < spread), None)
