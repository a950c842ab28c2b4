"""Check 275, location-changed."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView


class LocationChanged(Check):
    """The location changes within a simulation.

    Why: coordinates of one map mean nothing on another, and the recurrent states hold where agents
    are on the first.

    Example: ``location`` read from a setting that another thread changes; ``carla:Town03`` and
    ``canada:…`` mixed up.

    Fix: begin a new simulation with ``initialize`` for another location.
    """

    code = 275
    name = "location-changed"
    severity = Severity.ERROR
    help = "Begin a new simulation with initialize for another location."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Compare with the previous step."""
        previous = view.previous
        if previous is not None and view.location != previous.location:
            message = f"the location is {view.location}"
            yield self.finding(view, f"{message}; the previous step was at {previous.location}")
