"""Codecs of bodies by themselves: raw, packed, and packed with what such bodies usually say."""

from __future__ import annotations

from typing import Final

from iai_proxy.errors import InputError
from iai_proxy.recordings.codecs import frames
from iai_proxy.recordings.codecs.typical import TYPICAL

RAW: Final = "raw"
ZSTD: Final = "zstd"
TYPICAL_ZSTD: Final = "zstd-typical"

#: Packing less than this saves nothing: a row takes part of a page anyway.
_SMALLEST: Final = 64
#: What is longer repeats itself, and needs no example.
_LONGEST_TYPICAL: Final = 1 << 15


def pack(body: bytes) -> tuple[str, bytes]:
    """Return the codec chosen for a body and its packed bytes.

    The codec is ``raw`` where packing would not make the body smaller, or would not give it back.
    """
    if len(body) >= _SMALLEST:
        codec = TYPICAL_ZSTD if len(body) <= _LONGEST_TYPICAL else ZSTD
        packed = frames.pack([body], _dictionary(codec))
        if len(packed) < len(body) and unzstd(codec, packed, len(body)) == body:
            return codec, packed
    return RAW, body


def unzstd(codec: str, data: bytes, size: int) -> bytes:
    """Return a body from its frame.

    Raises:
        InputError: it is damaged, or has another size.
    """
    body = frames.unpack(data, size, _dictionary(codec))
    if len(body) != size:
        raise InputError("a packed body is damaged: its size is not the stored one")
    return body


def _dictionary(codec: str) -> bytes:
    return TYPICAL if codec == TYPICAL_ZSTD else b""
