"""Content codings of bodies: undoing them, and giving one to an answer."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from iai_proxy.api.headers import Headers, header

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
            plain = _DECODERS.get(name, _character_set(name))(plain)
    except _broken():
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


def _unchanged(body: bytes) -> bytes:
    return body


def _gzip(body: bytes) -> bytes:
    return gzip.decompress(body)


def _deflate(body: bytes) -> bytes:
    """Undo deflate, also without its header, as old servers send it (RFC 9110, 8.4.1.2)."""
    if not body:
        return b""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)


def _brotli(body: bytes) -> bytes:
    import brotli  # here, as few clients use it

    return bytes(brotli.decompress(body)) if body else b""


def _zstd(body: bytes) -> bytes:
    """Undo any number of zstd frames (RFC 8878, section 3)."""
    import zstandard  # here, as few clients use it

    plain = []
    while body:
        frame = zstandard.ZstdDecompressor().decompressobj()
        plain.append(frame.decompress(body))
        if not frame.eof:
            raise ValueError("a zstd frame is cut short")
        body = frame.unused_data
    return b"".join(plain)


def _character_set(name: str) -> Callable[[bytes], bytes]:
    """Some clients name a character set here, which changes nothing if the body is of that set."""

    def check(body: bytes) -> bytes:
        body.decode(name)
        return body

    return check


#: With old names of codings (RFC 9110, section 8.4.1).
_DECODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "identity": _unchanged,
    "none": _unchanged,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "x-deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}


def _broken() -> tuple[type[Exception], ...]:
    """Return the errors of all decoders; called once there is an error, when they are loaded."""
    import brotli
    import zstandard

    # LookupError: there is no such coding. EOFError and OSError: gzip's.
    plain = (ValueError, LookupError, EOFError, OSError, zlib.error)
    return (*plain, brotli.error, zstandard.ZstdError)
