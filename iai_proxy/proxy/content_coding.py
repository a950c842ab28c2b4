"""Content codings of bodies: undoing them, and giving one to an answer."""

from __future__ import annotations

import zlib
from typing import Final

from mitmproxy.net import encoding

from iai_proxy.api import Headers, header

#: Old names of content codings (RFC 9110, section 8.4.1).
_ALIASES: Final = {"x-gzip": "gzip", "x-deflate": "deflate"}

#: Marks the ``encoding`` of a body that could not be decoded and is kept as it travelled.
UNDECODED: Final = "!"


def decode(body: bytes, content_encoding: str) -> tuple[bytes, str]:
    """Undo the content codings of a body, the last applied first (RFC 9110, section 8.4).

    Returns:
        The decoded body and the codings. If a coding is unknown or the body broken: the body
        as it is, and the codings with :data:`UNDECODED` before them.
    """
    names = [name.strip().lower() for name in content_encoding.split(",") if name.strip()]
    plain = body
    try:
        for name in reversed(names):
            decoded_body = encoding.decode(plain, _ALIASES.get(name, name))
            plain = decoded_body if isinstance(decoded_body, bytes) else plain
    except (ValueError, TypeError):
        # TypeError: mitmproxy asks Python for codings it does not know itself, such as rot13.
        return body, UNDECODED + content_encoding
    return plain, content_encoding


def accepts_gzip(headers: Headers) -> bool:
    """Whether a client accepts gzip, by its ``Accept-Encoding`` (RFC 9110, section 12.5.3)."""
    for item in (header(headers, "accept-encoding") or "").split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        if name == "gzip":
            return not any(_is_zero(parameter) for parameter in parameters)
    return False


def stored_gzip(body: bytes) -> bytes:
    """Wrap a body in the gzip format (RFC 1952) without compressing it.

    The client is on this machine: level 1 would add 5 ms to an answer that takes 3 ms, this adds
    half a millisecond.
    """
    packer = zlib.compressobj(level=0, wbits=31)
    return packer.compress(body) + packer.flush()


def _is_zero(parameter: str) -> bool:
    key, _, value = parameter.partition("=")
    try:
        return key.strip() == "q" and float(value) == 0
    except ValueError:
        return False
