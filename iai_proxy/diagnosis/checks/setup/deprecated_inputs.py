"""Check 273, deprecated-inputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from iai_proxy.api import Endpoint
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.values import members, rows

_INSTEAD: Final = {
    "agent_attributes": "agent_properties",
    "num_agents_to_spawn": "agent_properties",
}


class DeprecatedInputs(Check):
    """Inputs are used that the API will drop.

    Why: ``agent_attributes`` can't say all that ``agent_properties`` can, is read by position and
        drops what is null,
    so that a missing length makes the width the length. All are announced to go away.

    Example: ``iai.drive(..., agent_attributes=response.agent_attributes)``; ``agent_count=10``;
        ``iai.light(...)``.

    Fix: ``agent_properties`` in place of ``agent_attributes`` and ``agent_count``; ``waypoints``
        in place of
    ``waypoint``; ``light_recurrent_states`` in place of ``light``.
    """

    code = 273
    name = "deprecated-inputs"
    severity = Severity.INFO
    help = "Use agent_properties, waypoints and light_recurrent_states."

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._seen: set[tuple[int, str]] = set()
        self._without: Sequence[Any] = ()

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report each deprecated input once a simulation."""
        used = [
            (name, instead)
            for name, instead in _INSTEAD.items()
            if view.request.get(name) is not None
        ]
        if (view.simulation, "waypoint") not in self._seen and self._gives_waypoint(view):
            used.append(("waypoint", "waypoints"))
        for name, instead in used:
            if (view.simulation, name) not in self._seen:
                self._seen.add((view.simulation, name))
                yield self.finding(view, f"{name} is deprecated; use {instead}")

    def _gives_waypoint(self, view: StepView) -> bool:
        properties = rows(view.request.get("agent_properties"))
        if properties == self._without:  # the same at most steps, and sooner seen than searched
            return False
        gives = any(members(one).get("waypoint") for one in properties)
        if not gives:
            self._without = properties
        return gives

    def end(self) -> Iterable[Finding]:
        """Report the deprecated endpoint."""
        count = sum(call.endpoint is Endpoint.LIGHT for call in self.run.calls)
        if count:
            said = (
                f"light was called {'once' if count == 1 else f'{count} times'}; it is deprecated"
            )
            yield Finding(
                self.code, 0, 0, (), float(count), f"{said}: use light_recurrent_states of drive"
            )
