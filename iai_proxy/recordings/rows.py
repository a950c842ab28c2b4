"""Exchanges to rows and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from sys import intern
from typing import Any, Final

import orjson

from iai_proxy.api import Call, Endpoint, Exchange, Headers, Request, Response, header
from iai_proxy.api.headers import is_field_name
from iai_proxy.api.marks import MARK
from iai_proxy.recordings.checksums import is_whole
from iai_proxy.recordings.connecting import DamagedRowError
from iai_proxy.text import printable

_NUMBER: Final = (int,)
_TEXT: Final = (str,)
_HASH: Final = (bytes,)
_NULL: Final = (type(None),)

#: Every column but the number, and what may stand in it. SQLite by itself lets anything stand
#: anywhere.
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "connection": _TEXT,
    "client": _TEXT,
    "endpoint": _TEXT,
    "method": _TEXT,
    "scheme": _TEXT,
    "host": _TEXT,
    "port": _NUMBER,
    "target": _TEXT,
    "request_version": _TEXT,
    "request_headers": _TEXT,
    "request_encoding": _TEXT,
    "request_hash": _HASH,
    "request_started_ns": _NUMBER,
    "request_ended_ns": _NUMBER,
    "status": _NUMBER + _NULL,
    "reason": _TEXT + _NULL,
    "response_version": _TEXT + _NULL,
    "response_headers": _TEXT + _NULL,
    "response_encoding": _TEXT + _NULL,
    "response_hash": _HASH + _NULL,
    "response_started_ns": _NUMBER + _NULL,
    "response_ended_ns": _NUMBER + _NULL,
    "failure": _TEXT + _NULL,
    "ended_ns": _NUMBER,
    "sdk_version": _TEXT + _NULL,
    "large": _TEXT + _NULL,
}

COLUMNS: Final = tuple(_TYPES)
_OF_RESPONSE: Final = COLUMNS[COLUMNS.index("status") : COLUMNS.index("failure")]
_SIZES: Final = ("request_bytes", "response_bytes")
#: What a row holds, in its order, but for its checksum.
STORED: Final = ("id", *COLUMNS, *_SIZES)
_ALL_TYPES: Final = {"id": _NUMBER, **_TYPES, **dict.fromkeys(_SIZES, _NUMBER)}

#: In the order of :class:`~iai_proxy.api.Call`.
_OF_CALL: Final = (
    "id", "connection", "endpoint", "method", "target", "status", "failure", "request_started_ns",
    "request_ended_ns", "response_started_ns", "ended_ns", "request_hash", "response_hash",
    *_SIZES, "sdk_version", "large",
)  # fmt: skip
_call_values: Final = itemgetter(*map(STORED.index, _OF_CALL))

_STATUS: Final = STORED.index("status")
#: What may stand in the place of a secret in a name, too.
_MARK: Final = re.compile(MARK.pattern.decode())
_ESCAPED_BYTE: Final = re.compile("[\udc80-\udcff]")


def to_row(
    number: int,
    exchange: Exchange,
    request_hash: bytes,
    response_hash: bytes | None,
    sizes: tuple[int, int] | None = None,
) -> tuple[Any, ...]:
    """Return the values of :data:`STORED` for an exchange.

    Args:
        number: of the exchange.
        exchange: with its bodies, or without them and their ``sizes``.
        request_hash: that of the request's body.
        response_hash: that of the answer's body; None if there is no answer.
        sizes: of the bodies, in bytes.
    """
    request, response = exchange.request, exchange.response
    if sizes is None:
        sizes = len(request.body), len(response.body) if response else 0
    answered: tuple[Any, ...] = (None,) * len(_OF_RESPONSE)
    if response:
        answered = (response.status, response.reason, *_message_values(response, response_hash))
    return (
        number,
        exchange.connection,
        exchange.client,
        exchange.endpoint.value,
        request.method,
        request.scheme,
        request.host,
        request.port,
        _valid(request.target),
        *_message_values(request, request_hash),
        *answered,
        exchange.failure,
        exchange.ended_ns,
        header(request.headers, "x-client-version"),
        exchange.large,
        *sizes,
    )


def to_exchange(columns: dict[str, Any], request_body: bytes, response_body: bytes) -> Exchange:
    """Return the exchange that a row and its bodies make.

    Args:
        columns: :data:`STORED` by name, as :func:`checked` returns them.
        request_body: decoded.
        response_body: decoded; not used if there is no answer.

    Raises:
        DamagedRowError: the headers can't be read.
    """
    request = Request(
        **{name: columns[name] for name in ("method", "scheme", "host", "port", "target")},
        **_message_fields(columns, "request", request_body),
    )
    response = None
    if columns["status"] is not None:
        response = Response(
            status=columns["status"],
            reason=columns["reason"],
            **_message_fields(columns, "response", response_body),
        )
    return Exchange(
        **{
            name: columns[name] for name in ("connection", "client", "failure", "ended_ns", "large")
        },
        request=request,
        response=response,
        id=columns["id"],
    )


def _message_values(message: Request | Response, body_hash: bytes | None) -> tuple[Any, ...]:
    return (
        message.http_version,
        _dump(message.headers),
        message.encoding,
        body_hash,
        message.started_ns,
        message.ended_ns,
    )


def _message_fields(columns: dict[str, Any], side: str, body: bytes) -> dict[str, Any]:
    return {
        "http_version": columns[f"{side}_version"],
        "headers": _load(columns[f"{side}_headers"]),
        "body": body,
        **{name: columns[f"{side}_{name}"] for name in ("encoding", "started_ns", "ended_ns")},
    }


def to_call(row: Sequence[Any]) -> Call:
    """Return the line of a listing that a row makes.

    Args:
        row: :data:`STORED` and the checksum, as queries read it.

    Raises:
        DamagedRowError: the row is not as a writer made it.
    """
    _require_whole(row)
    number, connection, endpoint, method, target, *others = _call_values(row)
    shared = intern(connection), Endpoint(endpoint), intern(method), intern(target)
    return Call(number, *shared, *others)


def checked(row: Sequence[Any]) -> dict[str, Any]:
    """Return the columns of a row by name.

    Args:
        row: :data:`STORED` and the checksum, as queries read it.

    Raises:
        DamagedRowError: the row is not as a writer made it.
    """
    _require_whole(row)
    return dict(zip(STORED, row[:-1], strict=True))


def _require_whole(row: Sequence[Any]) -> None:
    *values, stored = row
    fault = _fault(tuple(map(type, values)))
    if fault:
        raise DamagedRowError(fault)
    if not is_whole("exchange", values, stored):
        raise DamagedRowError(f"call {row[0]} is not what was recorded")
    status = values[_STATUS]
    if status is not None and not 100 <= status <= 999:  # RFC 9110, section 15
        raise DamagedRowError(f"the status of a call is {status}")


@lru_cache(maxsize=256)
def _fault(types: tuple[type, ...]) -> str | None:
    """Return what is wrong with a row of values of these types. Nearly all rows have the same."""
    at = dict(zip(STORED, types, strict=True))
    for name, kind in at.items():
        if kind not in _ALL_TYPES[name]:
            return f"{name} of a call is of type {kind.__name__}"
    answered = {at[name] is not type(None) for name in _OF_RESPONSE}
    return "half an answer is missing" if len(answered) > 1 else None


def _valid(target: str) -> str:
    """Return a target as UTF-8, which SQLite wants; other bytes percent-encoded (RFC 3986, 2.1)."""
    return _ESCAPED_BYTE.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", target)


def _dump(headers: Headers) -> str:
    return orjson.dumps(headers).decode()


def _load(text: str) -> Headers:
    try:
        pairs = tuple((name, value) for name, value in orjson.loads(text))
    except (TypeError, ValueError) as error:
        raise DamagedRowError("the headers of a call can't be read") from error
    if not all(isinstance(part, str) for pair in pairs for part in pair):
        raise DamagedRowError("the headers of a call can't be read")
    for name, _ in pairs:
        if not is_field_name(_MARK.sub("x", name)):
            raise DamagedRowError(f"a header of a call has no such name: {printable(name[:60])!r}")
    return pairs
