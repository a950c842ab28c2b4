"""How well an answer of a debug log continues a request, and what else tells requests apart."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, hypot, inf, sin
from typing import Any, Final

from iai_proxy.api import Endpoint
from iai_proxy.api.lenient_json import list_or_empty
from iai_proxy.api.limits import TIME_STEP_S
from iai_proxy.logs.bodies import LogBody
from iai_proxy.logs.sdk_shapes import logged_location_request

#: An ``initialize`` that asks for agents around a point gets them about there; this far off counts
#: as a contradiction.
_OFF_CENTER_M: Final = 100.0

_State = tuple[float, ...]
_Size = tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class _Details:
    """What is read of a body only where something else than its agents has to decide.

    Attributes:
        sizes: length and width of each agent, m; None where they are not given.
        agent_count: how many agents a request asks for.
        has_map: whether ``location_info`` asks for the map, or answers with it.
        fov: of ``location_info``, the side of the rendered picture in m; None if it is not given.
    """

    sizes: tuple[_Size, ...]
    agent_count: int
    has_map: bool
    fov: float | None


class Fit:
    """Compares requests and answers of one model. Reads bodies again where that is needed, once."""

    def __init__(self, model: Endpoint) -> None:
        self._model = model
        self._known: dict[LogBody, _Details] = {}

    def distance(self, request: LogBody, answer: LogBody) -> float:
        """Tell how far an answer is from continuing a request; infinite where it can't.

        Returns:
            For ``drive`` the mean distance in m between where agents are and where their speed
            takes them in 0.1 s. For the others a count of what contradicts: ``initialize`` keeps
            given states exactly, places as many agents as it is asked for, and about where it is
            asked to.
        """
        sent, answered = request.agents, answer.agents
        if self._model.is_drive:
            return _mean_distance(sent.coordinates, answered.coordinates)
        if not self._model.is_initialize:
            return self._location_distance(request, answer)
        before, after = _rows(sent.coordinates), _rows(answered.coordinates)
        missing = 0
        if not self._model.is_large:
            missing = abs(self._details(request).agent_count - len(answered))
        return len(before - after) + missing + _off_center(request.facts.center, after - before)

    def size(self, body: LogBody, index: int) -> _Size:
        """Return length and width of an agent, None where they are not given."""
        sizes = self._details(body).sizes
        return sizes[index] if index < len(sizes) else None

    def _location_distance(self, request: LogBody, answer: LogBody) -> float:
        if not request.query:  # it says nothing
            return 0.0
        given, got = _details(logged_location_request(request.query), 0), self._details(answer)
        other_fov = given.fov is not None and given.fov != got.fov
        return float(other_fov + (given.has_map != got.has_map))

    def _details(self, body: LogBody) -> _Details:
        if body not in self._known:
            self._known[body] = _details(body.load(), len(body.agents))
        return self._known[body]


def _details(body: Mapping[str, Any], state_count: int) -> _Details:
    given = list_or_empty(body.get("agent_properties")) or list_or_empty(
        body.get("agent_attributes")
    )
    spawned = body.get("num_agents_to_spawn")
    fov = body.get("rendering_fov", body.get("map_fov"))
    return _Details(
        sizes=tuple(map(_size, given)),
        agent_count=max(len(given), state_count + (spawned if isinstance(spawned, int) else 0)),
        has_map=bool(body.get("include_map_source") or body.get("osm_map")),
        fov=float(fov) if isinstance(fov, int | float) else None,
    )


def _mean_distance(before: array[float], after: array[float]) -> float:
    count = len(before) // 4
    if len(before) != len(after):
        return inf
    if not count:
        return 0.0
    states = zip(before[0::4], before[1::4], before[2::4], before[3::4], strict=True)
    points = zip(after[0::4], after[1::4], strict=True)
    total = 0.0
    for (x, y, heading, speed), (new_x, new_y) in zip(states, points, strict=True):
        step = speed * TIME_STEP_S
        total += hypot(x + step * cos(heading) - new_x, y + step * sin(heading) - new_y)
    return total / count if total < inf else inf


def _off_center(center: tuple[float, float] | None, placed: set[_State]) -> float:
    """Tell how far placed agents are, on average, from where they were asked for."""
    if center is None or not placed:
        return 0.0
    x, y = center
    return sum(hypot(row[0] - x, row[1] - y) for row in placed) / len(placed) / _OFF_CENTER_M


def _rows(coordinates: array[float]) -> set[_State]:
    return {tuple(coordinates[at : at + 4]) for at in range(0, len(coordinates), 4)}


def _size(agent: Any) -> _Size:
    if isinstance(agent, dict) and agent.get("length") is not None:
        return agent["length"], agent.get("width")
    return tuple(agent[:2]) if isinstance(agent, list) and agent else None
