"""The table ``calls``: a row a call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

import pyarrow as pa

from iai_proxy.api import Call, query_of
from iai_proxy.api.exchange import NS_PER_MS
from iai_proxy.lineage import Observation
from iai_proxy.report import parent_of
from iai_proxy.tables.columns import repeated, table
from iai_proxy.tables.run_data import Placed, RunData

NS_PER_US: Final = 1000


class _Place(NamedTuple):
    """Where a call is."""

    simulation: int | None = None
    branch: int | None = None
    step: int | None = None


_NOWHERE: Final = _Place()


def calls_table(data: RunData, source: str) -> pa.Table:
    """Return the table of a recording.

    Args:
        data: of the recording.
        source: name of the recording.
    """
    calls, count = data.calls, len(data.calls)
    places = _places(data)
    where = [places.get(call.id, _NOWHERE) for call in calls]
    observations = {seen.call.id: seen for seen in data.observations}
    seen = [observations.get(call.id) for call in calls]
    large_calls: dict[str | None, int] = {
        call.large: call.id for call in calls if call.is_large_call
    }
    return table(
        "calls",
        {
            "recording": repeated(source, count),
            "call": [call.id for call in calls],
            "endpoint": [str(call.endpoint) for call in calls],
            "method": [call.method for call in calls],
            "path": [call.target for call in calls],
            "status": [call.status for call in calls],
            "failure": [call.failure for call in calls],
            "succeeded": [call.succeeded for call in calls],
            "started": [call.started_ns // NS_PER_US for call in calls],
            "duration_ms": [call.duration_ms for call in calls],
            "waited_ms": [_waited_ms(call) for call in calls],
            "request_bytes": [call.request_bytes for call in calls],
            "response_bytes": [call.response_bytes for call in calls],
            "simulation": [place.simulation for place in where],
            "branch": [place.branch for place in where],
            "step": [place.step for place in where],
            "agents": [each and within(each.agent_count, 32) for each in seen],
            "location": [_location(*pair) for pair in zip(calls, seen, strict=True)],
            "model_version": [each and each.model_version for each in seen],
            "seed": [each and within(each.seed, 64) for each in seen],
            "sdk_version": [call.sdk_version for call in calls],
            "connection": [call.connection for call in calls],
            "large_call": [parent_of(call, large_calls) for call in calls],
            "labels": [list(data.labels.items())] * count,
        },
    )


def within(value: int | None, bits: int) -> int | None:
    """Return a number that a client sent; None where a column of so many bits can't hold it."""
    if value is None or not -(1 << bits - 1) <= value < 1 << bits - 1:
        return None
    return int(value)


def _places(data: RunData) -> dict[int, _Place]:
    """Return where calls are; a call that is of several steps is where it is a part."""
    found: dict[int, _Place] = {}
    for placed in data.placed.values():
        step, place = placed.step, _place_of(placed)
        for number in (*step.attempts, *step.arrivals, *step.refused):
            found.setdefault(number, place)
    for placed in data.placed.values():
        found.update(dict.fromkeys(placed.step.calls, _place_of(placed)))
    return found


def _place_of(placed: Placed) -> _Place:
    return _Place(placed.joined.simulation, placed.branch, placed.joined.index)


def _waited_ms(call: Call) -> float | None:
    begun = call.response_started_ns
    return None if begun is None else (begun - call.request_ended_ns) / NS_PER_MS


def _location(call: Call, seen: Observation | None) -> str | None:
    if seen is not None:
        return seen.location
    return next(_named_in_query(call), None)


def _named_in_query(call: Call) -> Iterator[Any]:
    yield from parse_qs(query_of(call.target)).get("location", ())
