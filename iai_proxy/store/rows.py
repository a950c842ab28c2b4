"""Exchanges to rows and back."""

from __future__ import annotations

from typing import Any, Final

import orjson

from iai_proxy.exchange import Call, Exchange, Headers, Request, Response, header

COLUMNS: Final = (
    "connection", "client", "endpoint", "method", "scheme", "host", "port", "target", "request_version",
    "request_headers", "request_encoding", "request_hash", "request_started_ns", "request_ended_ns",
    "status", "reason", "response_version", "response_headers", "response_encoding", "response_hash",
    "response_started_ns", "response_ended_ns", "failure", "ended_ns", "sdk_version",
)  # fmt: skip

INSERT: Final = f"INSERT INTO exchange ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - constants

SELECT_CALLS: Final = """
SELECT e.id, e.connection, e.endpoint, e.method, e.target, e.status, e.failure, e.request_started_ns,
       e.request_ended_ns, e.response_started_ns, e.ended_ns, e.request_hash, e.response_hash,
       q.size, coalesce(a.size, 0), e.sdk_version
FROM exchange e LEFT JOIN body q ON q.hash = e.request_hash LEFT JOIN body a ON a.hash = e.response_hash
"""


def to_row(exchange: Exchange, request_hash: bytes, response_hash: bytes | None) -> tuple[Any, ...]:
    """Return the values of :data:`COLUMNS` for an exchange whose bodies have these hashes."""
    request, response = exchange.request, exchange.response
    answered: tuple[Any, ...] = (None,) * 8
    if response:
        answered = (
            response.status, response.reason, response.http_version, _dump(response.headers), response.encoding,
            response_hash, response.started_ns, response.ended_ns,
        )  # fmt: skip
    return (
        exchange.connection, exchange.client, exchange.endpoint, request.method, request.scheme, request.host,
        request.port, request.target, request.http_version, _dump(request.headers), request.encoding,
        request_hash, request.started_ns, request.ended_ns,
        *answered,
        exchange.failure, exchange.ended_ns, header(request.headers, "x-client-version"),
    )  # fmt: skip


def to_exchange(number: int, row: tuple[Any, ...], request_body: bytes, response_body: bytes) -> Exchange:
    """Return the exchange that a row of :data:`COLUMNS` and its bodies make."""
    at = dict(zip(COLUMNS, row, strict=True))
    response = None
    if at["status"] is not None:
        response = Response(
            at["status"], at["reason"], at["response_version"], _load(at["response_headers"]), response_body,
            at["response_encoding"], at["response_started_ns"], at["response_ended_ns"],
        )  # fmt: skip
    request = Request(
        at["method"], at["scheme"], at["host"], at["port"], at["target"], at["request_version"],
        _load(at["request_headers"]), request_body, at["request_encoding"], at["request_started_ns"],
        at["request_ended_ns"],
    )  # fmt: skip
    return Exchange(at["connection"], at["client"], request, response, at["failure"], at["ended_ns"], id=number)


def to_call(row: tuple[Any, ...]) -> Call:
    """Return the line of a listing that a row of :data:`SELECT_CALLS` makes."""
    return Call(*row)


def _dump(headers: Headers) -> str:
    return orjson.dumps(headers).decode()


def _load(text: str) -> Headers:
    return tuple((name, value) for name, value in orjson.loads(text))
