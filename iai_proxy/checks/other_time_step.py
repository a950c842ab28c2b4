"""Check 228, other-time-step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.checks.model import Check, Finding, RunView, Severity, StepView
from iai_proxy.checks.motion import TIME_STEP_S
from iai_proxy.checks.speeds import Speeds
from iai_proxy.checks.values import grouped

#: So many steps in a row must say the same.
_STEPS: Final = 10
#: Simulators run at 10, 20, 50 or 100 Hz, or at 5, 2 or 1. Other ratios have other reasons.
_FACTORS: Final = (10.0, 5.0, 2.0, 0.5, 0.2, 0.1)
_SPREAD: Final = 0.07


class OtherTimeStep(Check):
    """An agent moves as if a step were longer or shorter than 0.1 s.

    Why: one ``drive`` is 0.1 s, for all agents. A client whose own simulator runs at 20 or 100 Hz and asks at each of
    its frames moves its ego at half or a tenth of the speed that it gives, and the others overtake it as if it stood.
    The value is the speed as sent over the distance moved in 0.1 s. Ten steps must say the same, at 1 m/s and more; of
    other ratios see 230.

    Example: CARLA with ``fixed_delta_seconds=0.05`` and one ``drive`` a tick.

    Mend: call ``drive`` once for every 0.1 s of your simulator's time, and interpolate in between.
    """

    code = 228
    name = "other-time-step"
    severity = Severity.WARNING
    help = "Call drive once for every 0.1 s of your simulator's time."

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._speeds = Speeds(run, _STEPS)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents whose speed is a whole multiple or part of what they move, steadily."""
        for agent, ratio, since in self._speeds.steady(view):
            if (factor := _factor(ratio)) is not None:
                said = f"agent {agent} moves as if a step were {grouped(TIME_STEP_S / factor)} s, not 0.1 s"
                said = f"{said}: its speed is {grouped(ratio)} times its way"
                yield self.finding(view, said, (agent,), ratio, since=since)


def looks_like_another_time_step(ratio: float) -> bool:
    """Whether a speed that is so many times the way in 0.1 s is right for a usual step of another length."""
    return _factor(ratio) is not None


def _factor(ratio: float) -> float | None:
    return next((factor for factor in _FACTORS if abs(ratio / factor - 1) < _SPREAD), None)
