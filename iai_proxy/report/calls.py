"""Listings of calls, and one call whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from iai_proxy.api import Call, Exchange, Headers, parse_json
from iai_proxy.report.units import moment, size

_LONGEST_BODY = 2000


def calls_text(
    calls: Iterable[Call],
    places: Mapping[int, tuple[int, int]],
    wholes: Mapping[str | None, int] = MappingProxyType({}),
) -> Iterator[str]:
    """Yield a heading and one line a call.

    Args:
        calls: in any order.
        places: (simulation, step) by number of the call, of those that have a place.
        wholes: as for :func:`parent_of`.
    """
    yield (
        f"{'id':>5}  {'started (UTC)':<24}  {'endpoint':<13}  {'sim':>3}  {'step':>5}  {'status':<8}  "
        f"{'ms':>8}  {'sent':>8}  {'received':>8}"
    )
    for call in calls:
        outcome = "failed" if call.failure else str(call.status)
        simulation, step = places.get(call.id, ("", ""))
        parent = parent_of(call, wholes)
        yield (
            f"{call.id:>5}  {moment(call.started_ns):<24}  {call.endpoint:<13}  {simulation:>3}  {step:>5}  "
            f"{outcome:<8}  {call.duration_ms:>8.1f}  {size(call.request_bytes):>8}  {size(call.response_bytes):>8}"
            f"{f'  part of {parent}' if parent else ''}{f'  {call.failure}' if call.failure else ''}"
        )


def parent_of(call: Call, wholes: Mapping[str | None, int]) -> int | None:
    """Return the number of the large call that a call is a part of, if any.

    Args:
        call: any.
        wholes: numbers of the large calls by what names them.
    """
    return None if call.large is None or call.is_whole else wholes.get(call.large)


def call_text(exchange: Exchange, parent: int | None = None) -> Iterator[str]:
    """Yield one exchange for people: both sides, long bodies cut; ``parent``: the large call that it is a part of."""
    request, response = exchange.request, exchange.response
    yield f"call {exchange.id}: {request.method} {request.url} ({request.http_version})"
    yield f"from {exchange.client}, {moment(request.started_ns)} to {moment(exchange.ended_ns)}"
    if parent is not None:
        yield f"part of call {parent}"
    yield from _headers(request.headers)
    yield from _body(request.body, request.encoding)
    if response:
        yield f"answer: {response.status} {response.reason} ({response.http_version})"
        yield from _headers(response.headers)
        yield from _body(response.body, response.encoding)
    if exchange.failure:
        yield f"failed: {exchange.failure}"


def call_json(exchange: Exchange, parent: int | None = None) -> dict[str, Any]:
    """Return one exchange as a JSON value. A body that is JSON stands as its value, another as text."""
    request, response = exchange.request, exchange.response
    answer = None
    if response:
        answer = {
            "status": response.status,
            "reason": response.reason,
            "http_version": response.http_version,
            "headers": [list(pair) for pair in response.headers],
            "encoding": response.encoding,
            "started_ns": response.started_ns,
            "ended_ns": response.ended_ns,
            "body": _value(response.body),
        }
    return {
        "id": exchange.id,
        "endpoint": exchange.endpoint,
        "parent": parent,
        "connection": exchange.connection,
        "client": exchange.client,
        "failure": exchange.failure,
        "ended_ns": exchange.ended_ns,
        "request": {
            "method": request.method,
            "url": request.url,
            "http_version": request.http_version,
            "headers": [list(pair) for pair in request.headers],
            "encoding": request.encoding,
            "started_ns": request.started_ns,
            "ended_ns": request.ended_ns,
            "body": _value(request.body),
        },
        "response": answer,
    }


def _value(body: bytes) -> Any:
    if not body:
        return None
    try:
        return parse_json(body)
    except ValueError:
        return body.decode("utf-8", "backslashreplace")


def _headers(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        yield f"  {name}: {value}"


def _body(body: bytes, encoding: str) -> Iterator[str]:
    if not body:
        return
    travelled = f", travelled as {encoding}" if encoding else ""
    yield f"  body: {size(len(body))}{travelled}"
    text = body[:_LONGEST_BODY].decode("utf-8", "backslashreplace")
    cut = (
        f" … ({size(len(body) - _LONGEST_BODY)} more; --json shows all)"
        if len(body) > _LONGEST_BODY
        else ""
    )
    yield f"  {text}{cut}"
