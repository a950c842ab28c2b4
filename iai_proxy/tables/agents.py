"""The table ``agents``: a row an agent and step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from iai_proxy.api.limits import TIME_STEP_S
from iai_proxy.scene.states import sent_or_missing, states_of
from iai_proxy.tables.columns import chosen, joined, repeated, table
from iai_proxy.tables.looking import UNKNOWN, Looking, Seen
from iai_proxy.tables.run_data import Placed, RunData

_STATE = ("x", "y", "heading", "speed")
_SENT = ("sent_x", "sent_y", "sent_heading", "sent_speed")
_SIZES = ("length", "width", "rear_axis_offset")
_INFRACTIONS = ("collision", "offroad", "wrong_way")


class _Agents(NamedTuple):
    """The agents of a step, in the order of the table."""

    number: Any
    index: Any
    ego: Any


def agents_table(data: RunData, looking: Looking, source: str) -> pa.Table:
    """Return the table of a recording.

    Args:
        data: of the recording.
        looking: that has looked at all steps.
        source: name of the recording.
    """
    steps = list(data.placed.values())
    agents = _agents_at(data, steps)
    orders = [each.index for each in agents]
    counts = list(map(len, orders))
    return table(
        "agents",
        {
            "recording": repeated(source, sum(counts)),
            **place_columns(steps, counts),
            "call": joined(map(_calls, steps, orders), np.int64),
            "agent": joined((each.number for each in agents), np.int32),
            "index": joined(orders, np.int32),
            "ego": joined((each.ego for each in agents), np.bool_),
            **_state_columns(steps, orders),
            **_told_columns([looking.seen[placed.step] for placed in steps], orders, looking.kinds),
        },
    )


def place_columns(steps: Sequence[Placed], counts: Sequence[int]) -> dict[str, Any]:
    """Return the columns that say where rows are, but for the recording.

    Args:
        steps: in the order of the table.
        counts: how many rows each has.
    """
    index = np.array([placed.joined.index for placed in steps], np.int32)
    values = {
        "simulation": np.array([placed.joined.simulation for placed in steps], np.int32),
        "branch": np.array([placed.branch for placed in steps], np.int32),
        "trunk": np.array([placed.is_on_trunk for placed in steps], np.bool_),
        "step": index,
        "time": index / round(1 / TIME_STEP_S),
    }
    return {name: np.repeat(value, counts) for name, value in values.items()}


def _agents_at(data: RunData, steps: Sequence[Placed]) -> list[_Agents]:
    @cache  # steps share a list while no one comes
    def ordered(simulation: int, numbers: tuple[int, ...]) -> _Agents:
        given = np.array(numbers, np.int32)
        order = np.argsort(given, kind="stable").astype(np.int32)
        number = given[order]
        egos = data.casts[simulation].egos
        return _Agents(number, order, np.isin(number, list(egos)))

    return [
        ordered(placed.joined.simulation, tuple(data.agents_at(placed.joined))) for placed in steps
    ]


def _calls(placed: Placed, order: Any) -> Any:
    """Return the call that each agent's answer is from."""
    if len(placed.step.parts) == 1:
        return np.full(len(order), placed.step.first.call.id, np.int64)
    parts = np.array([part for part, _ in placed.step.sources], np.int64)
    return np.array(placed.step.numbers, np.int64)[parts][order]


def _state_columns(steps: Sequence[Placed], orders: Sequence[Any]) -> dict[str, Any]:
    answered = [states_of(placed.step, sent=False) for placed in steps]
    sent = [sent_or_missing(placed.step) for placed in steps]
    return _states(_STATE, answered, orders) | _states(_SENT, sent, orders)


def _told_columns(
    seen: Sequence[Seen], orders: Sequence[Any], kinds: Sequence[str]
) -> dict[str, Any]:
    """Return the columns that only bodies tell."""
    shapes = [each.shapes for each in seen]
    flags = _columns(_INFRACTIONS, [each.infractions for each in seen], orders, np.int8)
    return {
        **_columns(_SIZES, [each.sizes for each in shapes], orders, np.float64),
        "type": chosen(_sorted([each.kinds for each in shapes], orders, np.int32), kinds),
        "inside": _flags(_sorted([each.inside for each in seen], orders, np.int8)),
        **{name: _flags(values) for name, values in flags.items()},
    }


def _states(names: Sequence[str], states: Sequence[Any], orders: Sequence[Any]) -> dict[str, Any]:
    rows = [np.frombuffer(each, np.float64).reshape(-1, len(names)) for each in states]
    return _columns(names, rows, orders, np.float64)


def _columns(
    names: Sequence[str], rows: Sequence[Any], orders: Sequence[Any], kind: Any
) -> dict[str, Any]:
    """Return by name the columns of arrays that have a row for each agent."""
    both = _sorted(rows, orders, kind).reshape(-1, len(names))
    return {name: np.ascontiguousarray(both[:, place]) for place, name in enumerate(names)}


def _sorted(rows: Sequence[Any], orders: Sequence[Any], kind: Any) -> Any:
    return joined((each[order] for each, order in zip(rows, orders, strict=True)), kind)


def _flags(values: Any) -> pa.Array:
    return pa.array(values == 1, pa.bool_(), mask=values == UNKNOWN)
