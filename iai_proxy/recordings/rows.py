"""Exchanges to rows and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import orjson

from iai_proxy.api import Call, Endpoint, Exchange, Headers, Request, Response, header

_NUMBER: Final = (int,)
_TEXT: Final = (str,)
_HASH: Final = (bytes,)
_MAYBE: Final = (type(None),)

#: Every column but the number, and what may stand in it. SQLite by itself lets anything stand
#: anywhere.
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "connection": _TEXT, "client": _TEXT, "endpoint": _TEXT, "method": _TEXT, "scheme": _TEXT, "host": _TEXT,
    "port": _NUMBER, "target": _TEXT, "request_version": _TEXT, "request_headers": _TEXT, "request_encoding": _TEXT,
    "request_hash": _HASH, "request_started_ns": _NUMBER, "request_ended_ns": _NUMBER,
    "status": _NUMBER + _MAYBE, "reason": _TEXT + _MAYBE, "response_version": _TEXT + _MAYBE,
    "response_headers": _TEXT + _MAYBE, "response_encoding": _TEXT + _MAYBE, "response_hash": _HASH + _MAYBE,
    "response_started_ns": _NUMBER + _MAYBE, "response_ended_ns": _NUMBER + _MAYBE, "failure": _TEXT + _MAYBE,
    "ended_ns": _NUMBER, "sdk_version": _TEXT + _MAYBE, "large": _TEXT + _MAYBE,
}  # fmt: skip

COLUMNS: Final = tuple(_TYPES)

_OF_RESPONSE: Final = (
    "status", "reason", "response_version", "response_headers", "response_encoding", "response_hash",
    "response_started_ns", "response_ended_ns",
)  # fmt: skip

INSERT: Final = (
    f"INSERT INTO exchange ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
)

#: Columns by the version of the format that they came with, where that is not the first.
_SINCE: Final = {"large": 2}

_OF_CALL: Final = (
    "connection", "endpoint", "method", "target", "status", "failure", "request_started_ns", "request_ended_ns",
    "response_started_ns", "ended_ns", "request_hash", "response_hash", "sdk_version", "large",
)  # fmt: skip

_CALLS: Final = "exchange e LEFT JOIN body q ON q.hash = e.request_hash LEFT JOIN body a ON a.hash = e.response_hash"


class Queries:
    """What is asked of a file of some version: a column that it lacks reads as null.

    Attributes:
        exchange: one exchange by its number, all columns.
        calls: listings' rows.
        observations: the same rows, each with the version and the bytes of its observation before
            it.
    """

    def __init__(self, version: int) -> None:
        columns = ", ".join(_column(name, version) for name in COLUMNS)
        call = ", ".join((*(_column(name, version, "e.") for name in _OF_CALL), "e.id"))
        call += ", coalesce(q.size, 0), coalesce(a.size, 0)"
        self.exchange = f"SELECT {columns} FROM exchange WHERE id = ?"
        self.calls = f"SELECT {call} FROM {_CALLS}"
        self.observations = f"SELECT o.version, o.data, {call} FROM {_CALLS} LEFT JOIN observation o ON o.exchange = e.id"


def _column(name: str, version: int, table: str = "") -> str:
    return f"{table}{name}" if version >= _SINCE.get(name, 1) else "NULL"


_ESCAPED_BYTE: Final = re.compile("[\udc80-\udcff]")


class DamagedRowError(Exception):
    """A row holds what no writer put there."""


def to_row(exchange: Exchange, request_hash: bytes, response_hash: bytes | None) -> tuple[Any, ...]:
    """Return the values of :data:`COLUMNS` for an exchange whose bodies have these hashes."""
    request, response = exchange.request, exchange.response
    answered: tuple[Any, ...] = (None,) * len(_OF_RESPONSE)
    if response:
        answered = (
            response.status, response.reason, response.http_version, _dump(response.headers), response.encoding,
            response_hash, response.started_ns, response.ended_ns,
        )  # fmt: skip
    return (
        exchange.connection, exchange.client, exchange.endpoint, request.method, request.scheme, request.host,
        request.port, _valid(request.target), request.http_version, _dump(request.headers), request.encoding,
        request_hash, request.started_ns, request.ended_ns,
        *answered,
        exchange.failure, exchange.ended_ns, header(request.headers, "x-client-version"), exchange.large,
    )  # fmt: skip


def body_hashes(row: Sequence[Any]) -> tuple[bytes, bytes | None]:
    """Return the hashes of the request's and the answer's body from a row of :data:`COLUMNS`.

    Raises:
        DamagedRowError: the row is not one that a writer made.
    """
    at = checked(COLUMNS, row)
    return at["request_hash"], at["response_hash"]


def to_exchange(
    number: int, row: Sequence[Any], request_body: bytes, response_body: bytes
) -> Exchange:
    """Return the exchange that a row of :data:`COLUMNS` and its bodies make.

    Raises:
        DamagedRowError: the row is not one that a writer made.
    """
    at = checked(COLUMNS, row)
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
    return Exchange(
        at["connection"],
        at["client"],
        request,
        response,
        at["failure"],
        at["ended_ns"],
        id=number,
        large=at["large"],
    )


def to_call(row: Sequence[Any]) -> Call:
    """Return the line of a listing that a row of :attr:`Queries.calls` makes.

    Raises:
        DamagedRowError: the row is not one that a writer made.
    """
    *columns, sdk_version, large, number, request_bytes, response_bytes = row
    fault = _fault(_OF_CALL, tuple(map(type, (*columns, sdk_version, large))))
    if fault:
        raise DamagedRowError(fault)
    if not isinstance(request_bytes, int) or not isinstance(response_bytes, int):
        raise DamagedRowError("the size of a body is no number")
    connection, endpoint, *rest = columns
    values: tuple[Any, ...] = (
        number, connection, Endpoint(endpoint), *rest, request_bytes, response_bytes, sdk_version, large,
    )  # fmt: skip
    return Call(*values)


def checked(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """Return some columns of a row by name.

    Raises:
        DamagedRowError: the row is not one that a writer made.
    """
    fault = _fault(tuple(names), tuple(map(type, row)))
    if fault:
        raise DamagedRowError(fault)
    return dict(zip(names, row, strict=True))


@lru_cache(maxsize=256)
def _fault(names: tuple[str, ...], types: tuple[type, ...]) -> str | None:
    """Say what is wrong with a row of which some columns hold values of these types. Nearly all rows are alike."""
    at = dict(zip(names, types, strict=True))
    for name, kind in at.items():
        if kind not in _TYPES[name]:
            return f"{name} of a call is of type {kind.__name__}"
    answered = {kind is not type(None) for name, kind in at.items() if name in _OF_RESPONSE}
    return "half an answer is missing" if len(answered) > 1 else None


def _valid(target: str) -> str:
    """SQLite keeps UTF-8. A byte of a target that is none means the same percent-encoded (RFC 3986, section 2.1)."""
    return _ESCAPED_BYTE.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", target)


def _dump(headers: Headers) -> str:
    return orjson.dumps(headers).decode()


def _load(text: str) -> Headers:
    try:
        pairs = [(name, value) for name, value in orjson.loads(text)]
    except (TypeError, ValueError) as error:
        raise DamagedRowError("the headers of a call can't be read") from error
    if not all(isinstance(part, str) for pair in pairs for part in pair):
        raise DamagedRowError("the headers of a call can't be read")
    return tuple(pairs)
