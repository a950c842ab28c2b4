"""Content codings of bodies: undoing them, and giving one to an answer.

What a body holds is counted while it is decoded, piece by piece: a megabyte can hold a terabyte.
"""

from __future__ import annotations

import codecs
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from typing import Final

from iai_proxy.api.bounds import MOST_DECODED, TooLargeError
from iai_proxy.api.headers import Headers, header

#: Marks the ``encoding`` of a body that could not be decoded and is kept as it travelled.
UNDECODED: Final = "!"


#: More codings than this no one applies to a body.
_MOST_CODINGS: Final = 8
#: Bytes that are given out at a time, where a decoder can be told.
_PIECE: Final = 1 << 20
#: Deflate makes of a byte at most so many (RFC 1951: 258 bytes of two bits).
_MOST_INFLATED: Final = 1032
_INFLATED: Final = frozenset({"gzip", "x-gzip", "deflate", "x-deflate"})
#: Bytes that others are given at a time: from so many zstd makes 64 MB at most ...
_ZSTD_PIECE: Final = 1 << 11
#: ... and Brotli 200 MB, as 16 MB can stand in 12 bytes (RFC 7932, section 9.2).
_BROTLI_PIECE: Final = 1 << 7


def decode(body: bytes, content_encoding: str, most: int = MOST_DECODED) -> tuple[bytes, str]:
    """Undo the content codings of a body, the last applied first (RFC 9110, section 8.4).

    Args:
        body: as it travelled.
        content_encoding: the header.
        most: bytes that it may have, decoded.

    Returns:
        The decoded body and the codings. If a coding is unknown or the body broken: the body
        as it is, and the codings with :data:`UNDECODED` before them.

    Raises:
        TooLargeError: it has more bytes.
    """
    names = [name.strip().lower() for name in content_encoding.split(",") if name.strip()]
    if len(names) > _MOST_CODINGS:
        return body, UNDECODED + content_encoding
    plain = body
    try:
        for name in reversed(names):
            pieces = _DECODERS.get(name) or _character_set(name)
            plain = _whole(pieces(plain), most)
    except _broken():
        return body, UNDECODED + content_encoding
    return plain, content_encoding


def may_exceed(body: bytes, content_encoding: str, most: int = MOST_DECODED) -> bool:
    """Whether a body could have more than so many bytes, decoded, as far as its length tells."""
    if not content_encoding or not body:
        return False
    is_inflated = content_encoding.strip().lower() in _INFLATED
    return not is_inflated or len(body) * _MOST_INFLATED > most


def _whole(pieces: Iterator[bytes], most: int) -> bytes:
    """Join pieces; a body of one piece is not copied."""
    first = next(pieces, b"")
    if len(first) > most:
        raise TooLargeError.decoded(most)
    second = next(pieces, None)
    if second is None:
        return first
    whole = io.BytesIO()  # it gives its bytes away without a copy
    whole.write(first)
    while second is not None:
        if whole.tell() + len(second) > most:
            whole.close()  # the error's traceback would keep it
            raise TooLargeError.decoded(most)
        whole.write(second)
        second = next(pieces, None)
    return whole.getvalue()


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


def _unchanged(body: bytes) -> Iterator[bytes]:
    yield body


def _gzip(body: bytes) -> Iterator[bytes]:
    """Undo any number of gzip members, with zeros after them (RFC 1952, section 2.2)."""
    rest = body
    while rest:
        member = zlib.decompressobj(wbits=31)
        yield from _inflated(member, rest)
        rest = member.unused_data.lstrip(b"\0")


def _deflate(body: bytes) -> Iterator[bytes]:
    """Undo deflate, also without its header, as old servers send it (RFC 9110, 8.4.1.2)."""
    if not body:
        return
    pieces = _inflated(zlib.decompressobj(), body)
    try:
        first = next(pieces)
    except zlib.error:
        yield from _inflated(zlib.decompressobj(wbits=-zlib.MAX_WBITS), body)
    else:
        yield first
        yield from pieces


def _inflated(member: zlib._Decompress, body: bytes) -> Iterator[bytes]:
    """Yield what a member holds, in pieces.

    Raises:
        ValueError: it is cut short.
    """
    given = memoryview(body)
    at = 0
    while not member.eof:
        coded = member.unconsumed_tail or bytes(given[at : at + _PIECE])
        at += 0 if member.unconsumed_tail else len(coded)
        piece = member.decompress(coded, _PIECE)
        if not (coded or piece or member.eof):
            raise ValueError("it is cut short")
        yield piece


def _brotli(body: bytes) -> Iterator[bytes]:
    if not body:
        return
    if not undoes_brotli():
        raise LookupError("br")
    import brotli  # here, as few clients use it

    decoder = brotli.Decompressor()
    for coded in _cut(body, _BROTLI_PIECE):
        yield decoder.process(coded)
    if not decoder.is_finished():
        raise ValueError("it is cut short")


@cache
def undoes_brotli() -> bool:
    """Whether the installed Brotli can be given bodies: a crafted one makes older ones run code.

    That is CVE-2026-111497, mended in 1.0.10, 1.1.1 and 1.2.1. mitmproxy asks for older versions,
    which `pip` obeys.
    """
    numbers = tuple(int(number) for number in re.findall(r"\d+", version("brotli"))[:3])
    return numbers >= (1, 2, 1) or numbers in {(1, 1, 1), (1, 0, 10)}


def _zstd(body: bytes) -> Iterator[bytes]:
    """Undo any number of zstd frames (RFC 8878, section 3)."""
    if not body:
        return
    import zstandard  # here, as few clients use it

    frame = None
    for coded in _cut(body, _ZSTD_PIECE):
        rest = coded
        while rest:
            if frame is None or frame.eof:
                frame = zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(rest)
            rest = frame.unused_data if frame.eof else b""
    if frame is None or not frame.eof:
        raise ValueError("a zstd frame is cut short")


def _cut(body: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


def _character_set(name: str) -> Callable[[bytes], Iterator[bytes]]:
    """Some clients name a character set here, which changes nothing if the body is of that set.

    Raises:
        LookupError: it is none of the usual ones. Others take a time that grows with the square.
    """
    if codecs.lookup(name).name not in _CHARACTER_SETS:
        raise LookupError(name)

    def check(body: bytes) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(name)()
        for piece in _cut(body, _PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
        yield body

    return check


_CHARACTER_SETS: Final = frozenset({"utf-8", "ascii", "iso8859-1", "cp1252", "utf-16", "utf-32"})
#: With old names of codings (RFC 9110, section 8.4.1).
_DECODERS: Final[Mapping[str, Callable[[bytes], Iterator[bytes]]]] = {
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

    plain = (ValueError, LookupError, zlib.error)  # LookupError: there is no such coding
    return (*plain, brotli.error, zstandard.ZstdError)
