"""Reads the heads of HTTP/2 requests as strictly as those of HTTP/1.

In HTTP/2 a field may hold any bytes; where it is passed on over HTTP/1, a line end in it makes two
lines. Refused is what RFC 9113 calls malformed (sections 8.1.1 to 8.3.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from iai_proxy.api import Headers
from iai_proxy.api.headers import NAME, TARGET, VALUE
from iai_proxy.session.request_fields import LENGTH, SINGLE, UnreadableError, shown
from iai_proxy.session.request_targets import check_request_line, read_authority, read_target

Fields = Iterable[tuple[bytes, bytes]]

_NAME: Final = re.compile(NAME)
_METHOD: Final = _NAME
_PATH: Final = re.compile(TARGET)
_VALUE: Final = re.compile(VALUE)
#: What stands before a request's own fields, each once.
_PSEUDO: Final = frozenset({":method", ":scheme", ":path", ":authority"})
#: Fields that belong to a connection of HTTP/1 (RFC 9113, section 8.2.2).
_OF_CONNECTION: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}
)


@dataclass(frozen=True, slots=True)
class Http2Head:
    """The head of a request of HTTP/2.

    Attributes:
        authority: whom it is for, host and perhaps a port; empty if only a header says so.
        path: with the query.
    """

    method: str
    scheme: str
    authority: str
    path: str
    headers: Headers

    @property
    def length(self) -> int | None:
        """Bytes that the body is to have; None if the head does not say."""
        value = next((value for name, value in self.headers if name == "content-length"), None)
        return None if value is None else int(value)


def read_http2_head(fields: Fields, *, is_whole: bool = False) -> Http2Head:
    """Read the fields of a request's head.

    Args:
        fields: names and values in their order.
        is_whole: nothing follows the head.

    Raises:
        UnreadableError: they are malformed.
    """
    texts = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in fields]
    pseudo: dict[str, str] = {}
    while len(pseudo) < len(texts) and texts[len(pseudo)][0].startswith(":"):
        name, value = texts[len(pseudo)]
        if name in pseudo or name not in _PSEUDO:
            raise UnreadableError(f"{shown(name)} stands before its headers, or stands there twice")
        pseudo[name] = value
    headers = tuple(map(_checked, texts[len(pseudo) :]))
    _check_framing(headers)
    head = _head(pseudo, headers)
    if is_whole:
        check_http2_length(head.length, 0)
    return head


def read_http2_trailers(fields: Fields) -> Headers:
    """Read the fields that come after a body.

    Raises:
        UnreadableError: they are malformed, or there is one that only a head may have.
    """
    trailers = []
    for name, value in fields:
        trailers.append(_checked((name.decode("latin-1"), value.decode("latin-1"))))
        if trailers[-1][0] in SINGLE:
            raise UnreadableError(f"its body is followed by {trailers[-1][0]}")
    return tuple(trailers)


def check_http2_length(length: int | None, received: int) -> None:
    """Compare a body with the length that its head gives (RFC 9113, section 8.1.1).

    Raises:
        UnreadableError: they differ.
    """
    if length is not None and length != received:
        raise UnreadableError(f"its Content-Length is {length}, and its body has {received} bytes")


def _head(pseudo: dict[str, str], headers: Headers) -> Http2Head:
    method, scheme, path = (pseudo.get(name, "") for name in (":method", ":scheme", ":path"))
    authority = pseudo.get(":authority", "")
    if not _METHOD.fullmatch(method):
        raise UnreadableError(f"its method is {shown(method)}")
    if method == "CONNECT":
        raise UnreadableError("CONNECT is for a forward proxy, and this is none")
    if scheme not in {"http", "https"}:
        raise UnreadableError(f"its scheme is {shown(scheme)}, neither http nor https")
    if not _PATH.fullmatch(path) or read_target(path):
        raise UnreadableError(f"its path is {shown(path)}")
    check_request_line(method, path)
    host = next((value for name, value in headers if name == "host"), None)
    if host is not None and authority not in {"", host}:
        raise UnreadableError(f"it is for {shown(authority)} and for {shown(host)}")
    read_authority(authority or host or "", 0)
    return Http2Head(method, scheme, authority, path, headers)


def _checked(field: tuple[str, str]) -> tuple[str, str]:
    """Return a field that can be one of HTTP/1 as well."""
    name, value = field
    if not _NAME.fullmatch(name) or name != name.lower():
        raise UnreadableError(f"a header has no such name: {shown(name)}")
    if not _VALUE.fullmatch(value):
        raise UnreadableError(f"a header has control characters: {shown(f'{name}: {value}')}")
    if value != value.strip(" \t"):
        raise UnreadableError(f"a header begins or ends with a blank: {shown(f'{name}: {value}')}")
    if name in _OF_CONNECTION or (name == "te" and value.lower() != "trailers"):
        raise UnreadableError(f"HTTP/2 has no header {shown(f'{name}: {value}')}")
    return name, value


def _check_framing(headers: Headers) -> None:
    for single in SINGLE:
        values = [value for name, value in headers if name == single]
        if len(values) > 1:
            raise UnreadableError(f"it has two headers {single}")
        if single == "content-length" and values and not LENGTH.fullmatch(values[0]):
            raise UnreadableError(f"its Content-Length is {shown(values[0])}")
