"""How a body's bytes are packed. Each stored body names its codec: a new one is only a new entry.

The only module that imports ``zstandard``: mitmproxy 11 and 12 cap it at different versions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import zstandard

from iai_proxy.errors import InputError

RAW: Final = "raw"
ZSTD: Final = "zstd"

#: Level 1 packs these bodies (random digits, mostly) smaller than level 3 and in half the time: 1.7
#: ms against 3.7 ms for the 322 KB of a 100-agent call.
_ZSTD_LEVEL: Final = 1
#: Packing less than this saves nothing: a row takes part of a page anyway.
_SMALLEST: Final = 256

# A zstandard context must not be used by two threads at a time; making one costs a tenth of a
# millisecond.
_contexts = threading.local()


def pack(body: bytes) -> tuple[str, bytes]:
    """Return the codec chosen for a body and its packed bytes.

    The codec is ``raw`` where packing would not make the body smaller.
    """
    if len(body) >= _SMALLEST:
        packed = _compressor().compress(body)
        if len(packed) < len(body):
            return ZSTD, packed
    return RAW, body


def unpack(codec: str, data: bytes, size: int) -> bytes:
    """Return a body from its packed bytes.

    Args:
        codec: as stored.
        data: the packed bytes.
        size: the body's true size in bytes; a damaged row can't make us allocate more.

    Raises:
        InputError: the codec is unknown to this version, or the data is damaged.
    """
    unpacker = _UNPACKERS.get(codec)
    if unpacker is None:
        known = ", ".join(_UNPACKERS)
        raise InputError(
            f"a body is packed with {codec!r}, which this iai-proxy does not know ({known}): "
            "upgrade"
        )
    body = unpacker(data, size)
    if len(body) != size:
        raise InputError(f"a body is damaged: it has {len(body)} bytes, its row says {size}")
    return body


def has_checksum(codec: str, data: bytes) -> bool:
    """Return whether packed bytes hold a checksum of the body, which :func:`unpack` compares."""
    try:
        return codec == ZSTD and zstandard.get_frame_parameters(data).has_checksum
    except zstandard.ZstdError:
        return False


def _unzstd(data: bytes, size: int) -> bytes:
    try:
        if zstandard.get_frame_parameters(data).content_size != size:
            raise InputError("a packed body is damaged: its size is not the stored one")
        return _decompressor().decompress(data)
    except zstandard.ZstdError as error:
        raise InputError(f"a packed body is damaged: {error}") from error


def _compressor() -> zstandard.ZstdCompressor:
    if not hasattr(_contexts, "compressor"):
        _contexts.compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
    compressor: zstandard.ZstdCompressor = _contexts.compressor
    return compressor


def _decompressor() -> zstandard.ZstdDecompressor:
    if not hasattr(_contexts, "decompressor"):
        _contexts.decompressor = zstandard.ZstdDecompressor()
    decompressor: zstandard.ZstdDecompressor = _contexts.decompressor
    return decompressor


_UNPACKERS: Final[dict[str, Callable[[bytes, int], bytes]]] = {
    RAW: lambda data, _: data,
    ZSTD: _unzstd,
}
