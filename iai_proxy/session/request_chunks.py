"""Reads the lines of a request's body in chunks (RFC 9112, section 7.1) as strictly as heads."""

from __future__ import annotations

import re
from typing import Final

from iai_proxy.api.headers import VALUE
from iai_proxy.session.request_fields import SINGLE, UnreadableError, read_field, shown

_CHUNK: Final = re.compile(rf"([0-9a-fA-F]{{1,15}})(?:[ \t]*;{VALUE})?")


def whole_line(line: bytes) -> str:
    """Return a line without its end.

    Raises:
        UnreadableError: it ends in LF alone.
    """
    if not line.endswith(b"\r\n"):
        raise UnreadableError("a line of its body in chunks ends in LF alone, without CR")
    return line[:-2].decode("latin-1")


def chunk_size(line: str) -> int:
    """Read the line before a chunk; return the chunk's bytes. Extensions are left out.

    Raises:
        UnreadableError: it has another form.
    """
    found = _CHUNK.fullmatch(line)
    if found is None:
        raise UnreadableError(f"a chunk's size can't be read: {shown(line)}")
    return int(found[1], 16)


def read_trailer(line: str) -> tuple[str, str]:
    """Read the line of a field that comes after the body; return its name and value.

    Raises:
        UnreadableError: it is none, or one that only a head may have.
    """
    name, value = read_field(line)
    if name.lower() in SINGLE:
        raise UnreadableError(f"its body is followed by {name}, which only a head may have")
    return name, value
