"""Reads the heads of requests: strictly, so that no two readers can disagree about one.

Refused are the shapes that requests are smuggled with (RFC 9112, section 11.2): two framings at
once, lengths that differ, folded lines, blanks before a colon, control characters, lines that end
in LF alone. No client sends them; what is passed on, and recorded, can be read in one way only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from iai_proxy.api import Headers
from iai_proxy.api.headers import NAME, TARGET
from iai_proxy.session.request_fields import (
    LENGTH,
    SINGLE,
    UnreadableError,
    read_field,
    shown,
)
from iai_proxy.session.request_targets import check_request_line, read_authority
from iai_proxy.text import size

#: Most bytes of a head, or of the trailers after a body.
MOST_HEAD: Final = 1 << 16
#: Status of a head that is too large; the SDK does not repeat it either.
HEAD_TOO_LARGE: Final = 431
#: Where a head ends; what ends in LF alone is found too, to be refused.
HEAD_END: Final = re.compile(rb"\n\r?\n")
#: Empty lines before a head, which are none of it (RFC 9112, section 2.2).
BLANK_LINES: Final = re.compile(rb"[\r\n]+")

_REQUEST_LINE: Final = re.compile(rf"({NAME}) ({TARGET}) HTTP/(\d\.\d)")
#: Header fields that say how a connection goes on; several count as one with all their words.
_JOINED: Final = frozenset({"connection", "proxy-connection", "expect"})


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a request.

    Attributes:
        target: as it stands in the request line, a character a byte (Latin-1).
        version: ``1.0`` or ``1.1``.
        length: of the body in bytes; None for a body in chunks.
        keeps_alive: whether the client may send another request afterwards.
        waits: whether the client sends the body only when it is told to.
    """

    method: str
    target: str
    version: str
    headers: Headers
    length: int | None
    keeps_alive: bool
    waits: bool

    @property
    def has_body(self) -> bool:
        """Whether something follows the head."""
        return self.length != 0


def read_head(raw: bytes) -> Head:
    """Read a head, from its request line to the empty line that ends it.

    Raises:
        UnreadableError: it is not one of HTTP/1, or could be read in two ways.
    """
    text = raw.decode("latin-1")
    if not text.endswith("\r\n\r\n"):
        raise UnreadableError("a line of its head ends in LF alone, without CR")
    first, *lines = text[:-4].split("\r\n")
    method, target, version = _request_line(first)
    check_request_line(method, target)
    headers = tuple(map(read_field, lines))
    telling = _telling(headers)
    length = _length(telling, version)
    if length is None:
        headers = tuple(map(_in_small_letters, headers))
    if method == "CONNECT" and length != 0:
        raise UnreadableError("a CONNECT has a body")
    if "host" in telling:
        read_authority(telling["host"], 0)
    connection = _words(telling, "connection") | _words(telling, "proxy-connection")
    if SINGLE & connection:
        raise UnreadableError(f"its Connection has {min(SINGLE & connection)} left out")
    keeps_alive = "close" not in connection and (version != "1.0" or "keep-alive" in connection)
    waits = length != 0 and version != "1.0" and "100-continue" in _words(telling, "expect")
    return Head(method, target, version, headers, length, keeps_alive, waits)


def too_large() -> UnreadableError:
    """Return what is raised for a head that is too large."""
    return UnreadableError(f"its head is larger than {size(MOST_HEAD)}", HEAD_TOO_LARGE)


def _request_line(line: str) -> tuple[str, str, str]:
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise UnreadableError(f"its first line is {shown(line)}, not METHOD TARGET HTTP/1.1")
    method, target, version = found.groups()
    if version not in {"1.0", "1.1"}:
        raise UnreadableError(f"it is HTTP/{version}, and only HTTP/1.1 is spoken here")
    return method, target, version


def _telling(headers: Headers) -> dict[str, str]:
    """Return what says how a request is framed, and whom it is for, by name in lower case."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key in _JOINED:
            found[key] = f"{found[key]},{value}" if key in found else value
        elif key in SINGLE:
            if key in found:
                raise UnreadableError(f"it has two headers {name}")
            found[key] = value
    return found


def _length(telling: dict[str, str], version: str) -> int | None:
    """Return the body's length in bytes; None if it is chunked (RFC 9112, section 6.3)."""
    coding, length = telling.get("transfer-encoding"), telling.get("content-length")
    if coding is None:
        if length is not None and not LENGTH.fullmatch(length):
            raise UnreadableError(f"its Content-Length is {shown(length)}")
        return int(length or 0)
    if length is not None:
        raise UnreadableError("it has both Transfer-Encoding and Content-Length")
    if coding.lower() != "chunked" or version == "1.0":
        raise UnreadableError(f"its Transfer-Encoding is {shown(coding)} in HTTP/{version}")
    return None


def _in_small_letters(field: tuple[str, str]) -> tuple[str, str]:
    """Return a field, a coding as every reader knows it."""
    name, value = field
    return (name, value.lower()) if name.lower() == "transfer-encoding" else field


def _words(telling: dict[str, str], name: str) -> set[str]:
    """Return the comma-separated words of a header in lower case."""
    value = telling.get(name)
    return {word.strip().lower() for word in value.split(",")} if value else set()
