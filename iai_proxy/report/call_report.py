"""Listings of calls, and one call in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from iai_proxy.api import Call, Exchange, Headers, Request, Response, parse_json
from iai_proxy.text import moment, printable, size

_LONGEST_BODY: Final = 2000


def calls_text(
    calls: Iterable[Call],
    places: Mapping[int, tuple[int, int]],
    large_calls: Mapping[str | None, int] = MappingProxyType({}),
) -> Iterator[str]:
    """Yield a heading and a line for each call.

    Args:
        calls: in any order.
        places: (simulation, step) by number of the call, for those that belong to a step.
        large_calls: as for :func:`parent_of`.
    """
    yield (
        f"{'id':>5}  {'started (UTC)':<24}  {'endpoint':<13}  {'sim':>3}  {'step':>5}  "
        f"{'status':<8}  {'ms':>8}  {'sent':>8}  {'received':>8}"
    )
    for call in calls:
        simulation, step = places.get(call.id, ("", ""))
        outcome = "failed" if call.failure else call.status
        line = (
            f"{call.id:>5}  {moment(call.started_ns):<24}  {call.endpoint:<13}  "
            f"{simulation:>3}  {step:>5}  {outcome!s:<8}  {call.duration_ms:>8.1f}  "
            f"{size(call.request_bytes):>8}  {size(call.response_bytes):>8}"
        )
        if parent := parent_of(call, large_calls):
            line += f"  part of {parent}"
        if call.failure:
            line += f"  {printable(call.failure)}"
        yield line


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
