"""Check 273, deprecated-inputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from iai_proxy.api import Endpoint
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.values import members, rows

#: What to use in their place.
_INSTEAD: Final = {
    "agent_attributes": "agent_properties",
    "num_agents_to_spawn": "agent_properties",
    "waypoint": "waypoints",
}


class DeprecatedInputs(Check):
    """Inputs are used that the API will drop.

    Why: ``agent_attributes`` can't say all that ``agent_properties`` can, is read by position and
    drops what is null, so that the width is taken for a missing length. All of them are announced
    to be removed.

    Example: ``iai.drive(..., agent_attributes=response.agent_attributes)``; ``agent_count=10``;
    ``iai.light(...)``.

    Fix: ``agent_properties`` instead of ``agent_attributes`` and ``agent_count``; ``waypoints``
    instead of ``waypoint``; ``light_recurrent_states`` instead of ``light``.
    """

    code = 273
    name = "deprecated-inputs"
    severity = Severity.INFO
    help = "Use agent_properties, waypoints and light_recurrent_states."

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._reported: set[tuple[int, str]] = set()
        self._without_waypoint: Sequence[Any] = ()

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report each deprecated input once for each simulation."""
        for name, instead in _INSTEAD.items():
            key = view.simulation, name
            if key not in self._reported and self._is_used(name, view):
                self._reported.add(key)
                yield self.finding(view, f"{name} is deprecated; use {instead}")

    def end(self) -> Iterable[Finding]:
        """Report the deprecated endpoint."""
        count = sum(call.endpoint is Endpoint.LIGHT for call in self.run.calls)
        if count:
            times = "once" if count == 1 else f"{count} times"
            message = f"light was called {times}; it is deprecated"
            yield self.run_finding(f"{message}: use light_recurrent_states of drive", count)

    def _is_used(self, name: str, view: StepView) -> bool:
        if name != "waypoint":
            return view.request.get(name) is not None
        properties = rows(view.request.get("agent_properties"))
        if properties == self._without_waypoint:  # mostly the same, and faster to compare
            return False
        if any(members(agent).get("waypoint") for agent in properties):
            return True
        self._without_waypoint = properties
        return False
