"""Finds a secret in bytes, however it is written there. Knows nothing of the product's own search.

It decodes all that it can and looks for the plain secret, where the product knows what encoded
secrets look like.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote_to_bytes

import brotli
import zstandard

_DEEPEST = 3


def finds(secret: bytes, data: bytes) -> bool:
    """Return whether a secret stands in some bytes."""
    return any(secret in plain for plain in readings(data))


def readings(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield bytes in all the ways in which they can be read."""
    yield data
    if depth == _DEEPEST or not data:
        return
    for plain in _decoded(data):
        if plain and plain != data:
            yield from readings(plain, depth + 1)


def _decoded(data: bytes) -> Iterator[bytes]:
    if b"%" in data:
        yield unquote_to_bytes(data)
    if b"\\" in data:
        yield re.sub(rb"\\+(?:u00|x)([0-9a-fA-F]{2})", _of_hex, data).replace(b"\\/", b"/")
    if b"&#" in data:
        yield re.sub(rb"&#x([0-9a-fA-F]{2});", _of_hex, data)
        yield re.sub(rb"&#(\d{1,3});", lambda found: bytes([int(found[1]) % 256]), data)
    if b"\0" in data:
        yield data.replace(b"\0", b"")
    without_breaks = re.sub(rb"(?:\\+[rn]|\s)+", b"", data)
    for run in re.findall(rb"[A-Za-z0-9+/_-]{12,}", data) + re.findall(
        rb"[A-Za-z0-9+/_-]{60,}", without_breaks
    ):
        yield from _of_run(run)
    for numbers in re.findall(rb"(?:\d{1,3}, ?){7,}\d{1,3}", data):
        codes = [int(number) for number in numbers.split(b",")]
        yield bytes(code for code in codes if code < 256)
    for pairs in re.findall(rb"(?:[0-9a-f]{2}[: -]){7,}[0-9a-f]{2}", data):
        yield bytes.fromhex(re.sub(rb"[: -]", b"", pairs).decode())
    yield from _unpacked(data)


def _of_hex(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode())


def _of_run(run: bytes) -> Iterator[bytes]:
    for alphabet in (run, run.translate(bytes.maketrans(b"-_", b"+/"))):
        for start in range(4):
            with suppress(ValueError):
                whole = alphabet[start:]
                yield base64.b64decode(whole[: len(whole) // 4 * 4])
                yield base64.b64decode(whole + b"=" * (-len(whole) % 4))
    for start in range(2):
        with suppress(ValueError):
            whole = run[start:]
            yield bytes.fromhex(whole[: len(whole) // 2 * 2].decode())


def _unpacked(data: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|\x28\xb5\x2f\xfd", data):
        with suppress(zlib.error, zstandard.ZstdError):
            if found[0] == b"\x28\xb5\x2f\xfd":
                yield zstandard.ZstdDecompressor().decompressobj().decompress(data[found.start() :])
            else:
                yield zlib.decompressobj(47).decompress(data[found.start() :])
    with suppress(zlib.error):
        yield zlib.decompressobj(-15).decompress(data)
    with suppress(brotli.error):
        yield brotli.Decompressor().process(data)
