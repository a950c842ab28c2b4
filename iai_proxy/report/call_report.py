"""Listings of calls, and one call in full."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Self

from iai_proxy.api import Call, Exchange, Headers, Request, Response, parse_json
from iai_proxy.text import folded, moment, printable, size

_LONGEST_BODY: Final = 2000


def calls_text(
    calls: Iterable[Call],
    places: Mapping[int, tuple[int, int]],
    large_calls: Mapping[str | None, int] = MappingProxyType({}),
    branches: Mapping[int, int] = MappingProxyType({}),
) -> Iterator[str]:
    """Yield a heading and a line for each call.

    Args:
        calls: in any order.
        places: (simulation, step) by number of the call, for those that belong to a step.
        large_calls: as for :func:`parent_of`.
        branches: by number of the call, for those that belong to a single branch of several;
            ``1.2`` is branch 2 of simulation 1.
    """
    rows = [_Row.of(call, places, parent_of(call, large_calls), branches) for call in calls]
    room = _Room.of(rows)
    yield (
        f"{'id':>{room.number}} {'time (UTC)':<12} {'endpoint':<{room.endpoint}} "
        f"{'sim':>{room.simulation}} {'step':>{room.step}} {'status':<6} "
        f"{'ms':>8} {'sent':>7} {'received':>8}"
    )
    day = ""
    for row in rows:
        date, _, time = moment(row.call.started_ns).partition(" ")
        if date != day:
            day = date
            yield date
        yield _call_line(row, time.rstrip("Z"), room)
        if row.call.failure:
            yield from folded(f"      {printable(row.call.failure)}", indent="      ")


@dataclass(frozen=True, slots=True)
class _Row:
    """What a listing says of a call, where its length varies."""

    call: Call
    endpoint: str
    simulation: str
    step: str

    @classmethod
    def of(
        cls,
        call: Call,
        places: Mapping[int, tuple[int, int]],
        parent: int | None,
        branches: Mapping[int, int],
    ) -> Self:
        endpoint = str(call.endpoint) if parent is None else f"{call.endpoint} (of {parent})"
        simulation, step = map(str, places.get(call.id, ("", "")))
        if call.id in branches:
            simulation = f"{simulation}.{branches[call.id]}"
        return cls(call, endpoint, simulation, step)


@dataclass(frozen=True, slots=True)
class _Room:
    """How wide columns are: wide enough for what is in them, at the cost of the endpoint's."""

    number: int
    endpoint: int
    simulation: int
    step: int

    @classmethod
    def of(cls, rows: Sequence[_Row]) -> Self:
        number = max([5, *(len(str(row.call.id)) for row in rows)])
        simulation = max([3, *(len(row.simulation) for row in rows)])
        step = max([5, *(len(row.step) for row in rows)])
        left = 16 - (number - 5) - (simulation - 3) - (step - 5)
        endpoint = max([left, 8, *(len(row.endpoint) for row in rows)])
        return cls(number, endpoint, simulation, step)


def _call_line(row: _Row, time: str, room: _Room) -> str:
    call = row.call
    outcome = "failed" if call.failure else call.status
    return (
        f"{call.id:>{room.number}} {time:<12} {row.endpoint:<{room.endpoint}} "
        f"{row.simulation:>{room.simulation}} {row.step:>{room.step}} {outcome!s:<6} "
        f"{call.duration_ms:>8.1f} {size(call.request_bytes):>7} {size(call.response_bytes):>8}"
    )


def in_step_order(calls: Sequence[Call], places: Mapping[int, tuple[int, int]]) -> list[Call]:
    """Put the calls of each simulation into the order of its steps, in the places they have.

    Calls are recorded when they end, and a run that was branched off comes after the end of the
    first. Calls of different simulations, and those of none, keep their order.
    """
    by_simulation: defaultdict[int | None, list[Call]] = defaultdict(list)
    for call in calls:
        by_simulation[places.get(call.id, (None, 0))[0]].append(call)
    ordered = {
        simulation: iter(sorted(found, key=lambda call: (places.get(call.id, (0, 0))[1], call.id)))
        for simulation, found in by_simulation.items()
    }
    return [next(ordered[places.get(call.id, (None, 0))[0]]) for call in calls]


def parent_of(call: Call, large_calls: Mapping[str | None, int]) -> int | None:
    """Return the number of the large call that a call is a part of, if any.

    Args:
        call: any call.
        large_calls: numbers of the large calls by the name that they share with their parts.
    """
    return None if call.large is None or call.is_large_call else large_calls.get(call.large)


def call_text(exchange: Exchange, parent: int | None = None) -> Iterator[str]:
    """Yield one exchange for people, long bodies cut. ``parent`` is its large call, if any."""
    request, response = exchange.request, exchange.response
    begun, ended = moment(request.started_ns), moment(exchange.ended_ns)
    url = printable(request.url)
    yield f"call {exchange.id}: {printable(request.method)} {url} ({request.http_version})"
    yield f"from {printable(exchange.client)}, {begun} to {ended}"
    if parent is not None:
        yield f"part of call {parent}"
    yield from _headers_and_body(request)
    if response:
        reason = printable(response.reason)
        yield f"answer: {response.status} {reason} ({response.http_version})"
        yield from _headers_and_body(response)
    if exchange.failure:
        yield f"failed: {printable(exchange.failure)}"


def call_json(exchange: Exchange, parent: int | None = None) -> dict[str, Any]:
    """Return one exchange as a JSON value. A body that is JSON is its value, any other is text."""
    request, response = exchange.request, exchange.response
    answer = None
    if response:
        answer = {"status": response.status, "reason": response.reason, **_message_json(response)}
    return {
        "id": exchange.id,
        "endpoint": exchange.endpoint,
        "parent": parent,
        "connection": exchange.connection,
        "client": exchange.client,
        "failure": exchange.failure,
        "ended_ns": exchange.ended_ns,
        "request": {"method": request.method, "url": request.url, **_message_json(request)},
        "response": answer,
    }


def _message_json(message: Request | Response) -> dict[str, Any]:
    return {
        "http_version": message.http_version,
        "headers": [list(pair) for pair in message.headers],
        "encoding": message.encoding,
        "started_ns": message.started_ns,
        "ended_ns": message.ended_ns,
        "body": _value(message.body),
    }


def _value(body: bytes) -> Any:
    if not body:
        return None
    try:
        return parse_json(body)
    except ValueError:
        return body.decode("utf-8", "backslashreplace")


def _headers_and_body(message: Request | Response) -> Iterator[str]:
    yield from _headers(message.headers)
    if message.body:
        encoding = f", sent as {printable(message.encoding)}" if message.encoding else ""
        yield f"  body: {size(len(message.body))}{encoding}"
        yield from _body(message.body)


def _headers(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        yield f"  {printable(name)}: {printable(value)}"


def _body(body: bytes) -> Iterator[str]:
    text = body[:_LONGEST_BODY].decode("utf-8", "backslashreplace")
    lines = [f"  {printable(line)}" for line in text.split("\n")]
    if len(body) > _LONGEST_BODY:
        lines[-1] += f" … ({size(len(body) - _LONGEST_BODY)} more; --json shows all)"
    yield from lines
