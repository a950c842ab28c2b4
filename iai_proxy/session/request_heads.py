"""Reads the heads of requests: strictly, so that no two readers can disagree about one.

Refused are the shapes that requests are smuggled with (RFC 9112, section 11.2): two framings at
once, lengths that differ, folded lines, blanks before a colon, control characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from iai_proxy.api import Headers
from iai_proxy.text import printable

#: Status if a request can't be read as HTTP. The SDK does not repeat it.
BAD_REQUEST: Final = 400
#: Characters of an unreadable line that are shown.
_SHOWN: Final = 60
_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE: Final = re.compile(rf"({_NAME}) ([^\x00-\x20\x7f]+) HTTP/(\d\.\d)")
_FIELD: Final = re.compile(rf"({_NAME}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_LENGTH: Final = re.compile(r"[0-9]{1,15}")
#: Header fields that may stand in a head only once: they say where it ends, or whom it is for.
_SINGLE: Final = frozenset({"content-length", "transfer-encoding", "host"})


class UnreadableError(Exception):
    """A request that is refused before it is answered; the text is a sentence for the client."""

    def __init__(self, reason: str, status: int = BAD_REQUEST) -> None:
        super().__init__(f"the request can't be read: {reason}")
        self.status = status


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
    """Read a head, from its request line to its last header.

    Raises:
        UnreadableError: it is not one of HTTP/1, or could be read in two ways.
    """
    lines = [line.removesuffix("\r") for line in raw.decode("latin-1").split("\n")]
    method, target, version = _request_line(lines[0])
    headers = tuple(_field(line) for line in lines[1:])
    framing = _single_fields(headers)
    length = _length(framing, version)
    connection = _words(headers, "connection") | _words(headers, "proxy-connection")
    keeps_alive = "close" not in connection and (version != "1.0" or "keep-alive" in connection)
    waits = length != 0 and version != "1.0" and "100-continue" in _words(headers, "expect")
    return Head(method, target, version, headers, length, keeps_alive, waits)


def _request_line(line: str) -> tuple[str, str, str]:
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise UnreadableError(f"its first line is {_shown(line)}, not METHOD TARGET HTTP/1.1")
    method, target, version = found.groups()
    if version not in {"1.0", "1.1"}:
        raise UnreadableError(f"it is HTTP/{version}, and only HTTP/1.1 is spoken here")
    return method, target, version


def _field(line: str) -> tuple[str, str]:
    found = _FIELD.fullmatch(line)
    if found is None:
        raise UnreadableError(f"{_fault_of(line)}: {_shown(line)}")
    return found[1], found[2].rstrip(" \t")


def _fault_of(line: str) -> str:
    """Say what is wrong with the line of a header."""
    if line.startswith((" ", "\t")):
        return "a header is folded over two lines"
    name, colon, _ = line.partition(":")
    if not colon:
        return "a line has no colon"
    if re.fullmatch(rf"{_NAME}[ \t]+", name):
        return "there is a blank before the colon of a header"
    if not re.fullmatch(_NAME, name):
        return "a header has no such name"
    return "a header has control characters"


def _single_fields(headers: Headers) -> dict[str, str]:
    """Return the header fields that matter for framing, by name in lower case."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key in _SINGLE:
            if key in found:
                raise UnreadableError(f"it has two headers {name}")
            found[key] = value
    return found


def _length(framing: dict[str, str], version: str) -> int | None:
    """Return the body's length in bytes; None if it is chunked (RFC 9112, section 6.3)."""
    coding, length = framing.get("transfer-encoding"), framing.get("content-length")
    if coding is None:
        if length is not None and not _LENGTH.fullmatch(length):
            raise UnreadableError(f"its Content-Length is {_shown(length)}")
        return int(length or 0)
    if length is not None:
        raise UnreadableError("it has both Transfer-Encoding and Content-Length")
    if coding.lower() != "chunked" or version == "1.0":
        raise UnreadableError(f"its Transfer-Encoding is {_shown(coding)} in HTTP/{version}")
    return None


def _words(headers: Headers, name: str) -> set[str]:
    """Return the comma-separated words of all headers of a name, in lower case."""
    return {
        word.strip().lower()
        for key, value in headers
        if key.lower() == name
        for word in value.split(",")
    }


def _shown(text: str) -> str:
    return repr(printable(text[:_SHOWN]))
