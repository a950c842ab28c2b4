"""An entry of a HAR file as an exchange.

Written by browsers, by mitmproxy, or by us (:mod:`~iai_proxy.formats.har_entries`). Bodies are
those that the client saw, their content codings undone, as the format has them.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from iai_proxy.api import Exchange, Headers, Request, Response
from iai_proxy.api.exchange import NS_PER_MS
from iai_proxy.api.headers import is_field_name
from iai_proxy.formats.foreign_calls import CONNECT, SCHEME, WEBSOCKET, Hosts, LeftOut
from iai_proxy.formats.foreign_heads import refuse_impossible
from iai_proxy.formats.har_entries import (
    BASE64,
    BODY_ENCODING,
    LONGEST_MS,
    OURS,
    charset_of,
    coding_of,
    version_of,
)
from iai_proxy.formats.har_urls import PORTS, Url, read_url
from iai_proxy.text import encodable

_NO_ANSWER: Final = "no answer in the HAR file"
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,30}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NS: Final = 1_000_000_000
_LATEST_NS: Final = 1 << 63
#: Character sets that servers still send, besides UTF-8.
_CHARSETS: Final = {"iso-8859-1": "latin-1", "latin1": "latin-1", "windows-1252": "cp1252"}

Members = Mapping[str, Any]
Other = TypeVar("Other", bound=str | None)


def exchange_of(entry: Any, hosts: Hosts, name: str) -> Exchange | LeftOut:
    """Return the exchange of an entry, or why it is none of ours.

    Args:
        entry: JSON values.
        hosts: whose calls are wanted; those that we wrote are calls of a recording, all of them.
        name: of the file, for the connection of entries that name none.

    Raises:
        ValueError: it is not as the format asks: which field, and what is wrong with it, without
            anything of its values, as there may be a key among them.
    """
    fields = _members(entry, "the entry")
    asked = _members(fields.get("request"), "request")
    answered = _members(fields.get("response"), "response")
    ours = _members_or_none(fields.get(OURS))
    url = _url(_text(asked, "url", "request.url"), ours)
    if _is_websocket(fields, url, answered):
        return WEBSOCKET
    method = _text(asked, "method", "request.method")
    if method.upper() == "CONNECT":
        return CONNECT
    if url.scheme not in PORTS:
        return SCHEME
    if not is_ours(entry) and not hosts.has(url.host, url.port):
        return LeftOut.of_host(url.host, url.port)
    times = _Times(fields)
    response, lack = _response(answered, times, ours)
    unnamed = "" if is_ours(entry) else f"har:{encodable(name)}"
    exchange = Exchange(
        connection=_optional(fields, "connection") or unnamed,
        client=_optional(ours, "client"),
        request=_request(asked, method, url, times, ours),
        response=response,
        failure=_failure(answered, ours, lack),
        ended_ns=times.ended_ns,
        large=_own(ours, "large", None),
    )
    refuse_impossible(exchange)
    return exchange


def is_ours(entry: Any) -> bool:
    """Whether we have written an entry."""
    return isinstance(entry, Mapping) and isinstance(entry.get(OURS), Mapping)


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
        self.ended_ns = self.answer_ended_ns = self.started_ns + total
        self.sent_ns = min(sent, self.ended_ns)
        self.answered_ns = min(sent + wait, self.ended_ns)
        self._take(_members_or_none(entry.get(OURS)).get("offsetsNs"))

    def _take(self, offsets: Any) -> None:
        """Take the times that the phases of the format can't say, if they are there."""
        if not isinstance(offsets, list) or len(offsets) != 4:
            return
        if all(type(offset) is int for offset in offsets):
            times = [self.started_ns + offset for offset in offsets]
            if all(0 <= time < _LATEST_NS for time in times):
                self.sent_ns, self.answered_ns, self.answer_ended_ns, self.ended_ns = times


def _request(
    asked: Members,
    method: str,
    url: Url,
    times: _Times,
    ours: Members,
) -> Request:
    headers = _headers(asked, "request.headers")
    return Request(
        method=method,
        scheme=url.scheme,
        host=url.host,
        port=url.port,
        target=url.target,
        http_version=_own(ours, "requestVersion", version_of(_optional(asked, "httpVersion"))),
        headers=headers,
        body=_request_body(asked),
        encoding=_own(ours, "requestEncoding", coding_of(headers)),
        started_ns=times.started_ns,
        ended_ns=times.sent_ns,
    )


def _response(
    answered: Members, times: _Times, ours: Members
) -> tuple[Response | None, str | None]:
    """Return the answer, None where there was none, and what it lacks."""
    status = answered.get("status")
    if isinstance(status, int) and status in {0, -1}:
        return None, None
    if not isinstance(status, int) or not 100 <= status <= 999:
        raise ValueError("response.status is no status")
    headers = _headers(answered, "response.headers")
    body = _response_body(answered)
    response = Response(
        status=status,
        reason=_optional(answered, "statusText"),
        http_version=_own(ours, "responseVersion", version_of(_optional(answered, "httpVersion"))),
        headers=headers,
        body=body or b"",
        encoding=_own(ours, "responseEncoding", coding_of(headers)),
        started_ns=times.answered_ns,
        ended_ns=times.answer_ended_ns,
    )
    return response, "the answer's body is not in the HAR file" if body is None else None


def _failure(answered: Members, ours: Members, lack: str | None) -> str | None:
    """Return why there is no complete answer; ``lack`` is what its part of the entry lacks."""
    error = answered.get("_error")
    if isinstance(error, str) and error:
        return encodable(error)
    is_none = isinstance(answered.get("status"), int) and answered["status"] <= 0
    return _own(ours, "failure", lack or (_NO_ANSWER if is_none else None))


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
    return tuple(
        (name, _latin(line))
        for name, value in named
        if is_field_name(name)
        for line in _lines(value)
    )


def _lines(value: str) -> Iterator[str]:
    """Yield the values of a header: Chrome gives those of several of one name as lines of one."""
    yield from value.split("\n")


def _latin(value: str) -> str:
    """Return a value with a character for each byte, as headers are kept."""
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass").decode("latin-1")
    return value


def _url(text: str, ours: Members) -> Url:
    """Return where a request goes: as we have written besides, where the URL came of that."""
    read = read_url(text)
    target = _own(ours, "targetBytes", None)
    own = read._replace(host=_own(ours, "host", read.host))
    if target is not None:
        own = own._replace(target=_of_bytes(target))
    return own if own.text == text else read


def _of_bytes(target: str) -> str:
    """Return a target that has a character for each byte as text."""
    return _latin(target).encode("latin-1").decode("utf-8", "surrogateescape")


def _is_websocket(entry: Members, url: Url, answered: Members) -> bool:
    is_said = entry.get("_resourceType") == "websocket" or "_webSocketMessages" in entry
    is_switched = answered.get("status") == 101 and not is_ours(entry)
    return is_said or url.scheme in {"ws", "wss"} or is_switched


def _moment(text: str) -> int:
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        raise ValueError("startedDateTime is not written as ISO 8601 has it")
    try:
        moment = datetime.fromisoformat(found[1] + (found[3] or "Z"))
        seconds: int = (moment - _EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError):
        raise ValueError("startedDateTime is no time") from None
    if not 0 <= seconds < _LATEST_NS // _NS - LONGEST_MS // 1000:
        raise ValueError("startedDateTime is before 1970 or after 2261")
    return seconds * _NS + int(f"{found[2] or '0'}{'0' * 9}"[:9])


def _duration(value: Any) -> int:
    """Return milliseconds as nanoseconds; 0 for what is not known, which the format has as -1."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= LONGEST_MS:
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


def _own(ours: Members, name: str, other: Other) -> str | Other:
    """Return a text that only we write; ``other`` if it is not there."""
    value = ours.get(name)
    return encodable(value) if isinstance(value, str) else other
