"""An entry of a HAR file as an exchange.

Written by browsers, by mitmproxy, or by us (:mod:`~iai_proxy.formats.har_entries`). Bodies are
those that the client saw, their content codings undone, as the format has them.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from iai_proxy.api import Exchange, Headers, Request, Response
from iai_proxy.api.exchange import NS_PER_MS
from iai_proxy.api.headers import header, is_field_name
from iai_proxy.formats.foreign_calls import CONNECT, SCHEME, WEBSOCKET, Hosts, LeftOut
from iai_proxy.formats.har_entries import BASE64, BODY_ENCODING, OURS, charset_of
from iai_proxy.text import encodable

_NO_ANSWER: Final = "no answer in the HAR file"
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,30}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NS: Final = 1_000_000_000
#: Milliseconds that a call can take: a year.
_LONGEST_MS: Final = 366 * 86_400_000.0
_VERSIONS: Final = {"h2": "HTTP/2.0", "http/2": "HTTP/2.0", "http/2.0": "HTTP/2.0", "h3": "HTTP/3"}
_PORTS: Final = {"http": 80, "https": 443}
#: Character sets that servers still send, besides UTF-8.
_CHARSETS: Final = {"iso-8859-1": "latin-1", "latin1": "latin-1", "windows-1252": "cp1252"}

Members = Mapping[str, Any]


def exchange_of(entry: Any, hosts: Hosts, name: str) -> Exchange | LeftOut:
    """Return the exchange of an entry, or why it is none of ours.

    Args:
        entry: JSON values.
        hosts: whose calls are wanted.
        name: of the file, for the connection of entries that name none.

    Raises:
        ValueError: it is not as the format asks: which field, and what is wrong with it.
    """
    fields = _members(entry, "the entry")
    asked = _members(fields.get("request"), "request")
    answered = _members(fields.get("response"), "response")
    url = _url(asked)
    if _is_websocket(fields, url, answered):
        return WEBSOCKET
    method = _text(asked, "method", "request.method")
    if method.upper() == "CONNECT":
        return CONNECT
    if url.scheme not in _PORTS:
        return SCHEME
    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
    if not hosts.has(host, port):
        return LeftOut.of_host(host, port)
    times = _Times(fields)
    ours = _members_or_none(fields.get(OURS))
    request = _request(asked, method, url, (host, port), times, _optional(ours, "requestEncoding"))
    response, lack = _response(answered, times, _optional(ours, "responseEncoding"))
    error = answered.get("_error")
    failure = encodable(error) if isinstance(error, str) and error else lack
    if response is None and failure is None:
        failure = _NO_ANSWER
    return Exchange(
        connection=_optional(fields, "connection") or f"har:{encodable(name)}",
        client=_optional(ours, "client"),
        request=request,
        response=response,
        failure=failure,
        ended_ns=times.ended_ns,
        large=_optional(ours, "large") or None,
    )


def ended_ns(entry: Any) -> int:
    """Return when an entry's answer had come, as recordings are in the order of that; 0 if unknown.

    The format leaves the order of entries to their writer.
    """
    try:
        return _Times(_members(entry, "the entry")).ended_ns
    except ValueError:
        return 0


class _Times:
    """When the phases of an entry's call were, in nanoseconds since the epoch.

    Raises:
        ValueError: it has no time at which it began.
    """

    def __init__(self, entry: Members) -> None:
        phases = _members_or_none(entry.get("timings"))
        self.started_ns = _moment(_text(entry, "startedDateTime", "startedDateTime"))
        before = sum(map(_duration, map(phases.get, ("blocked", "dns", "connect", "send"))))
        sent, wait = self.started_ns + before, _duration(phases.get("wait"))
        total = _duration(entry.get("time")) or before + wait + _duration(phases.get("receive"))
        self.ended_ns = self.started_ns + total
        self.sent_ns = min(sent, self.ended_ns)
        self.answered_ns = min(sent + wait, self.ended_ns)


def _request(
    asked: Members,
    method: str,
    url: SplitResult,
    server: tuple[str, int],
    times: _Times,
    undecoded: str,
) -> Request:
    headers = _headers(asked, "request.headers")
    return Request(
        method=method,
        scheme=url.scheme,
        host=server[0],
        port=server[1],
        target=(url.path or "/") + (f"?{url.query}" if url.query else ""),
        http_version=_version(asked),
        headers=headers,
        body=_request_body(asked),
        encoding=undecoded or header(headers, "content-encoding") or "",
        started_ns=times.started_ns,
        ended_ns=times.sent_ns,
    )


def _response(
    answered: Members, times: _Times, undecoded: str
) -> tuple[Response | None, str | None]:
    """Return the answer, None where there was none, and what it lacks."""
    status = answered.get("status")
    if status in {0, -1}:
        return None, None
    if not isinstance(status, int) or not 100 <= status <= 999:
        raise ValueError("response.status is no status")
    headers = _headers(answered, "response.headers")
    body = _response_body(answered)
    response = Response(
        status=status,
        reason=_optional(answered, "statusText"),
        http_version=_version(answered),
        headers=headers,
        body=body or b"",
        encoding=undecoded or header(headers, "content-encoding") or "",
        started_ns=times.answered_ns,
        ended_ns=times.ended_ns,
    )
    return response, "the answer's body is not in the HAR file" if body is None else None


def _request_body(asked: Members) -> bytes:
    data = asked.get("postData")
    if data is None:
        if _is_positive(asked.get("bodySize")):
            raise ValueError("request.postData is missing, but request.bodySize says it had a body")
        return b""
    data = _members(data, "request.postData")
    if not isinstance(data.get("text"), str) and data.get("params"):
        raise ValueError("request.postData has params and no text, of which no body can be made")
    encoding = data.get(BODY_ENCODING) or data.get("encoding")
    return _bytes(data, "request.postData", is_base64=encoding == BASE64)


def _response_body(answered: Members) -> bytes | None:
    """Return the body of an answer; None if it had one that its writer did not keep."""
    content = _members(answered.get("content"), "response.content")
    if content.get("text") is None:
        return None if _is_positive(content.get("size")) else b""
    is_base64 = content.get("encoding") == BASE64
    return _bytes(content, "response.content", is_base64=is_base64)


def _bytes(content: Members, place: str, *, is_base64: bool) -> bytes:
    """Return a body; bytes that are no text stand as mitmproxy writes them (PEP 383)."""
    text = _text(content, "text", f"{place}.text")
    if is_base64:
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError(f"{place}.text is no Base64") from error
    charset = _CHARSETS.get(charset_of(_optional(content, "mimeType")))
    try:
        return text.encode(charset) if charset else text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _headers(message: Members, place: str) -> Headers:
    given = message.get("headers")
    if not isinstance(given, list):
        raise ValueError(f"{place} is no list")  # noqa: TRY004 - a fault of the file
    pairs = [_members(item, f"{place}, item {number}") for number, item in enumerate(given, 1)]
    named = (
        (_text(pair, "name", f"{place}, name"), _text(pair, "value", f"{place}, value"))
        for pair in pairs
    )
    # Browsers give the pseudo-headers of HTTP/2 among them, such as `:path`.
    return tuple((name, _latin(value)) for name, value in named if is_field_name(name))


def _latin(value: str) -> str:
    """Return a value with a character for each byte, as headers are kept."""
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass").decode("latin-1")
    return value


def _url(asked: Members) -> SplitResult:
    text = _text(asked, "url", "request.url")
    if any(char <= " " or "\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("request.url holds white space, a control character or half a character")
    try:
        url = urlsplit(text)
        _ = url.port  # which is read only now
    except ValueError as error:
        raise ValueError(f"request.url is no URL ({error})") from error
    return url


def _is_websocket(entry: Members, url: SplitResult, answered: Members) -> bool:
    is_said = entry.get("_resourceType") == "websocket" or "_webSocketMessages" in entry
    return is_said or url.scheme in {"ws", "wss"} or answered.get("status") == 101


def _version(message: Members) -> str:
    text = _optional(message, "httpVersion")
    return _VERSIONS.get(text.lower(), text.upper()) or "HTTP/1.1"


def _moment(text: str) -> int:
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        raise ValueError("startedDateTime is not written as ISO 8601 has it")
    try:
        moment = datetime.fromisoformat(found[1] + (found[3] or "Z"))
        seconds: int = (moment - _EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"startedDateTime is no time ({error})") from error
    if not 0 <= seconds < 2**63 // _NS - _LONGEST_MS // 1000:
        raise ValueError("startedDateTime is before 1970 or after 2261")
    return seconds * _NS + int(f"{found[2] or '0'}{'0' * 9}"[:9])


def _duration(value: Any) -> int:
    """Return milliseconds as nanoseconds; 0 for what is not known, which the format has as -1."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= _LONGEST_MS:
        return 0
    return round(float(value) * NS_PER_MS)


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and value > 0


def _members(value: Any, place: str) -> Members:
    if not isinstance(value, Mapping):
        raise ValueError(f"{place} is missing or no object")  # noqa: TRY004 - a fault of the file
    return value


def _members_or_none(value: Any) -> Members:
    return value if isinstance(value, Mapping) else {}


def _text(fields: Members, name: str, place: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{place} is missing or no text")  # noqa: TRY004 - a fault of the file
    return value


def _optional(fields: Members, name: str) -> str:
    """Return a text that may be missing."""
    value = fields.get(name)
    return encodable(value) if isinstance(value, str) else ""
