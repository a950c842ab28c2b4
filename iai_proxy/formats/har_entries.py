"""An exchange as an entry of a HAR file.

What HAR has no field for stands in fields of our own, which begin with an underscore as the format
asks: the addresses and the large call of an exchange in ``_iaiProxy``, its failure in ``_error``
(as browsers and mitmproxy do), and ``_encoding`` of a request's body that is no text. What a field
of HAR can't hold as it was stands there as HAR has it, and as it was in ``_iaiProxy``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from iai_proxy.api import Exchange, Headers, Request, Response
from iai_proxy.api.content_coding import UNDECODED
from iai_proxy.api.endpoint import query_of
from iai_proxy.api.exchange import NS_PER_MS
from iai_proxy.api.headers import header
from iai_proxy.formats.har_urls import Url, read_url
from iai_proxy.text import encodable

#: The field of an entry that holds what only a recording has.
OURS: Final = "_iaiProxy"
#: Of a request's body, as ``encoding`` of an answer's.
BODY_ENCODING: Final = "_encoding"
BASE64: Final = "base64"
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE | re.ASCII)
_UNICODE: Final = frozenset({"utf-8", "utf8"})
_UNKNOWN: Final = -1  # a size, as the format has it
#: How browsers write versions.
_VERSIONS: Final = {"h2": "HTTP/2.0", "http/2": "HTTP/2.0", "http/2.0": "HTTP/2.0", "h3": "HTTP/3"}
_VERSION: Final = re.compile(r"http/\d(\.\d)?", re.ASCII)
#: Milliseconds that a call can take: a year.
LONGEST_MS: Final = 366 * 86_400_000.0
#: Nanoseconds that milliseconds with fractions hold to the last.
_EXACT_NS: Final = 1 << 50
#: JSON is written with integers of 64 bits; what is farther apart is a hostile recording.
_MOST_NS: Final = 1 << 63


def entry_of(exchange: Exchange) -> dict[str, Any]:
    """Return the entry of an exchange: JSON values."""
    timings = _timings(exchange)
    entry: dict[str, Any] = {
        "startedDateTime": _moment(exchange.request.started_ns),
        "time": sum(timings.values()) / NS_PER_MS,
        "request": _request(exchange.request),
        "response": _answer(exchange),
        "cache": {},
        "timings": {name: ns / NS_PER_MS for name, ns in timings.items()},
        "connection": encodable(exchange.connection),
        OURS: dict(_ours(exchange)),
    }
    if exchange.failure is not None:
        entry["response"]["_error"] = encodable(exchange.failure)
    return entry


def charset_of(content_type: str) -> str:
    """Return the character set that a content type names, in lower case; UTF-8 if it names none."""
    found = _CHARSET.search(content_type)
    return found[1].lower() if found else "utf-8"


def version_of(text: str) -> str:
    """Return the HTTP version that an entry names as recordings have it, 1.1 if it names none."""
    text = text.lower()
    return _VERSIONS.get(text) or (text.upper() if _VERSION.fullmatch(text) else "HTTP/1.1")


def coding_of(headers: Headers) -> str:
    """Return the content codings that headers name."""
    return header(headers, "content-encoding") or ""


def as_bytes_of(target: str) -> str:
    """Return a target with a character for each byte, so that any can stand in JSON."""
    return target.encode("utf-8", "surrogateescape").decode("latin-1")


def offsets_of(exchange: Exchange) -> list[int]:
    """Return when a request had been sent, its answer began and ended, and the call ended.

    In nanoseconds since the request began; clocks that were set make them negative. Without an
    answer its two are 0.
    """
    began, response = exchange.request.started_ns, exchange.response
    times = (exchange.request.ended_ns, exchange.ended_ns)
    answer = (response.started_ns, response.ended_ns) if response else (began, began)
    return [time - began for time in (times[0], *answer, times[1])]


def _ours(exchange: Exchange) -> Iterator[tuple[str, str | list[int]]]:
    yield "client", encodable(exchange.client)
    if exchange.large is not None:
        yield "large", encodable(exchange.large)
    if exchange.failure == "":
        yield "failure", ""
    offsets = offsets_of(exchange)
    has_answer = exchange.response is not None
    if not _are_plain(offsets, has_answer=has_answer) and max(map(abs, offsets)) < _MOST_NS:
        yield "offsetsNs", offsets
    yield from _ours_of_url(exchange.request)
    yield from _ours_of_message("request", exchange.request)
    if exchange.response:
        yield from _ours_of_message("response", exchange.response)


def _are_plain(offsets: list[int], *, has_answer: bool) -> bool:
    """Whether the phases of HAR, of which each begins where the last ended, give these times."""
    sent, began, answered, ended = offsets
    order = [0, sent, began, answered, ended] if has_answer else [0, sent, ended]
    return order == sorted(order) and ended < _EXACT_NS and (not has_answer or answered == ended)


def _ours_of_url(request: Request) -> Iterator[tuple[str, str]]:
    try:
        read = read_url(_url(request).text)
    except ValueError:  # no host that any URL has
        return
    if request.host != read.host:
        yield "host", encodable(request.host)
    if request.target != read.target:
        yield "targetBytes", as_bytes_of(request.target)


def _ours_of_message(side: str, message: Request | Response) -> Iterator[tuple[str, str]]:
    if message.http_version != version_of(message.http_version):
        yield f"{side}Version", encodable(message.http_version)
    if message.encoding != coding_of(message.headers):
        yield f"{side}Encoding", encodable(message.encoding)


def _url(request: Request) -> Url:
    return Url(request.scheme, request.host, request.port, request.target)


def _timings(exchange: Exchange) -> dict[str, int]:
    """Return how long each phase took, in nanoseconds. Clocks that were set make none negative."""
    request, response = exchange.request, exchange.response
    began = response.started_ns if response else exchange.ended_ns
    return {
        "send": max(request.ended_ns - request.started_ns, 0),
        "wait": max(began - request.ended_ns, 0),
        "receive": max(exchange.ended_ns - began, 0),
    }


def _request(request: Request) -> dict[str, Any]:
    content_type = header(request.headers, "content-type") or ""
    found: dict[str, Any] = {
        "method": encodable(request.method),
        "url": _url(request).text,
        "httpVersion": encodable(request.http_version),
        "cookies": [],  # their values are replaced before they are stored
        "headers": _headers(request.headers),
        "queryString": _query(request.target),
        "headersSize": _UNKNOWN,
        "bodySize": _size(request.body, request.encoding),
    }
    if request.body:
        text, encoding = _text(request.body, content_type)
        found["postData"] = {"mimeType": content_type, "text": text}
        if encoding:
            found["postData"][BODY_ENCODING] = encoding
    return found


def _answer(exchange: Exchange) -> dict[str, Any]:
    response = exchange.response or Response(0, "", "", (), b"", "", 0, 0)
    content_type = header(response.headers, "content-type") or ""
    text, encoding = _text(response.body, content_type)
    content: dict[str, Any] = {"size": len(response.body), "mimeType": content_type, "text": text}
    if encoding:
        content["encoding"] = encoding
    return {
        "status": response.status,
        "statusText": encodable(response.reason),
        "httpVersion": encodable(response.http_version),
        "cookies": [],
        "headers": _headers(response.headers),
        "content": content,
        "redirectURL": header(response.headers, "location") or "",
        "headersSize": _UNKNOWN,
        "bodySize": _size(response.body, response.encoding) if exchange.response else _UNKNOWN,
    }


def _text(body: bytes, content_type: str) -> tuple[str, str]:
    """Return a body as text, and the encoding of that: none, or Base64 where bytes would change.

    Readers take the text for what the content type says, so only what is ASCII, or UTF-8 and said
    to be, can be given as it is.
    """
    if body.isascii() or charset_of(content_type) in _UNICODE:
        try:
            return body.decode(), ""
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), BASE64


def _size(body: bytes, encoding: str) -> int:
    """Return how many bytes a body had as it travelled; a recording has it decoded."""
    is_as_it_travelled = not encoding or encoding.startswith(UNDECODED)
    return len(body) if is_as_it_travelled else _UNKNOWN


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _query(target: str) -> list[dict[str, str]]:
    try:
        pairs = parse_qsl(query_of(target), keep_blank_values=True)
    except ValueError:  # more fields than Python splits
        return []
    return [{"name": encodable(name), "value": encodable(value)} for name, value in pairs]


def _moment(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
