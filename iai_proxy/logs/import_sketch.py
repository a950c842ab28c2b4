"""What pairing needs of a logged request or response: a few kilobytes in place of hundreds."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, inf, sin
from typing import Any, Final

from iai_proxy.api import parse_json
from iai_proxy.lineage.fingerprint import FRESH, recurrent_fingerprint

#: What one ``drive`` moves agents on by.
_STEP_S: Final = 0.1

#: An ``initialize`` that asks for agents around a point gets them about there; this far off counts
#: as a contradiction.
_OFF_CENTER_M: Final = 100.0

Size = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sketch:
    """One side of a call.

    Attributes:
        states: four doubles an agent: x m, y m, orientation rad, speed m/s. Of an ``initialize``
            request the given ones, as they are last.
        marks: fingerprint of each agent's recurrent state; 0 for one without.
        sizes: length and width of each agent, m; None where they are not given.
        asked: how many agents a request asks for.
        center: of ``initialize``, the ``location_of_interest`` (x m, y m).
        map_source: of ``location_info``, whether the map is asked for or there.
        fov: of ``location_info``, the rendered picture's side in m; None: not said.
    """

    states: array[float]
    marks: tuple[int, ...]
    sizes: tuple[Size | None, ...]
    asked: int
    location: Any
    seed: Any
    center: tuple[float, float] | None
    map_source: bool
    fov: float | None

    def rows(self) -> set[tuple[float, ...]]:
        """Return the agents' states."""
        return {tuple(self.states[at : at + 4]) for at in range(0, len(self.states), 4)}

    def __len__(self) -> int:
        """How many agents have a state."""
        return len(self.states) // 4


def sketched(text: str) -> Sketch:
    """Return the sketch of a JSON text; what it lacks, or has as something else, counts as not there."""
    try:
        parsed = parse_json(text.encode("utf-8", "replace"))
    except ValueError:
        parsed = {}
    value: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
    states = _list(value.get("agent_states"))
    if "agent_states" not in value:
        states = _list((_list(value.get("states_history")) or [[]])[-1])
    given = _list(value.get("agent_properties")) or _list(value.get("agent_attributes"))
    spawned = value.get("num_agents_to_spawn")
    fov = value.get("rendering_fov", value.get("map_fov"))
    return Sketch(
        states=_packed(states),
        marks=tuple(_mark(row) for row in _list(value.get("recurrent_states"))),
        sizes=tuple(_size(item) for item in given),
        asked=max(len(given), len(states) + (spawned if isinstance(spawned, int) else 0)),
        location=value.get("location"),
        seed=value.get("random_seed"),
        center=_point(value.get("location_of_interest")),
        map_source=bool(value.get("include_map_source") or value.get("osm_map")),
        fov=float(fov) if isinstance(fov, int | float) else None,
    )


def distance(model: str, asked: Sketch, answered: Sketch) -> float:
    """Tell how far an answer is from continuing a request; infinite where it can't.

    Returns:
        For ``drive`` the mean distance in m between where agents are and where their speed takes
        them in 0.1 s. For the others a count of what contradicts: ``initialize`` keeps given states
        exactly, places as many agents as it is asked for, and about where it is asked to.
    """
    if model in {"drive", "large_drive"}:
        return _mean_distance(asked.states, answered.states) if len(asked) == len(answered) else inf
    if "initialize" in model:
        changed = len(asked.rows() - answered.rows())
        missing = 0 if model.startswith("large") else abs(asked.asked - len(answered))
        return changed + missing + _off_center(asked, answered)
    other_fov = asked.fov is not None and asked.fov != answered.fov
    return float(other_fov + (asked.map_source != answered.map_source))


def _mean_distance(before: array[float], after: array[float]) -> float:
    count = len(before) // 4
    if not count:
        return 0.0
    total = 0.0
    for x, y, heading, speed, new_x, new_y in zip(
        before[0::4],
        before[1::4],
        before[2::4],
        before[3::4],
        after[0::4],
        after[1::4],
        strict=True,
    ):
        total += hypot(
            x + speed * cos(heading) * _STEP_S - new_x, y + speed * sin(heading) * _STEP_S - new_y
        )
    return total / count if total < inf else inf


def _off_center(asked: Sketch, answered: Sketch) -> float:
    """Tell how far the agents that were placed anew are, on average, from where they were asked for."""
    placed = answered.rows() - asked.rows()
    if asked.center is None or not placed:
        return 0.0
    x, y = asked.center
    return sum(hypot(row[0] - x, row[1] - y) for row in placed) / len(placed) / _OFF_CENTER_M


def _packed(states: Sequence[Any]) -> array[float]:
    packed = array("d")
    for state in states:
        try:
            row = array("d", state[:4])
        except (TypeError, OverflowError):
            row = array("d")
        packed.extend(row if len(row) == 4 else (0.0, 0.0, 0.0, 0.0))
    return packed


def _mark(row: Any) -> int:
    return recurrent_fingerprint(row) if isinstance(row, list) else FRESH


def _size(item: Any) -> Size | None:
    if isinstance(item, dict) and item.get("length") is not None:
        return (item["length"], item.get("width"))
    return tuple(item[:2]) if isinstance(item, list) and item else None


def _point(value: Any) -> tuple[float, float] | None:
    try:
        x, y = value
        return float(x), float(y)
    except (TypeError, ValueError):
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
