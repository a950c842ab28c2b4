"""Zstandard frames: each holds its size and a checksum of what is packed in it.

The only module that imports ``zstandard``: mitmproxy 11 and 12 cap it at different versions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import zstandard

from iai_proxy.errors import InputError
from iai_proxy.recordings.codecs.typical import TYPICAL

#: Level 1 packs these bodies (random digits, mostly) smaller than level 3 and in half the time: 1.7
#: ms against 3.7 ms for the 322 KB of a 100-agent call.
_LEVEL: Final = 1

# A zstandard context must not be used by two threads at a time; making one costs a tenth of a
# millisecond.
_contexts = threading.local()
_Context = TypeVar("_Context")


def pack(parts: Sequence[bytes], dictionary: bytes = b"") -> bytes:
    """Return a frame that holds some parts, one after the other.

    Args:
        parts: each gets blocks of its own, so that bytes that are alike are coded alike: the
            exponents of floats, say, take no part in how their fractions are coded.
        dictionary: text that is probably repeated; it is needed again for unpacking.
    """
    parts = [part for part in parts if part]
    if len(parts) <= 1:
        return _compressor(dictionary).compress(b"".join(parts))
    run = _compressor(dictionary).compressobj(size=sum(map(len, parts)))
    blocks = [run.compress(part) + run.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for part in parts]
    return b"".join([*blocks, run.flush()])


def unpack(frame: bytes, most: int, dictionary: bytes = b"") -> bytes:
    """Return what a frame holds.

    Args:
        frame: as :func:`pack` made it.
        most: how many bytes it may hold; a damaged or hostile frame can't make us allocate more.
        dictionary: as it was packed with.

    Raises:
        InputError: it is damaged, or holds more.
    """
    try:
        holds = zstandard.get_frame_parameters(frame).content_size
        if holds > most:
            raise InputError("a packed body is damaged: its size is not the stored one")
        return _decompressor(dictionary).decompress(frame)
    except zstandard.ZstdError as error:
        raise InputError(f"a packed body is damaged: {error}") from error


def has_checksum(frame: bytes) -> bool:
    """Return whether a frame holds a checksum, which :func:`unpack` compares."""
    try:
        return zstandard.get_frame_parameters(frame).has_checksum
    except zstandard.ZstdError:
        return False


def _compressor(dictionary: bytes) -> zstandard.ZstdCompressor:
    return _of_thread(_new_compressor, dictionary)


def _decompressor(dictionary: bytes) -> zstandard.ZstdDecompressor:
    return _of_thread(_new_decompressor, dictionary)


def _of_thread(make: Callable[[bytes], _Context], dictionary: bytes) -> _Context:
    """Return the thread's context, but a new one for a dictionary that is for few bodies."""
    if dictionary and dictionary is not TYPICAL:
        return make(dictionary)
    name = f"{make.__name__} {len(dictionary)}"
    if not hasattr(_contexts, name):
        setattr(_contexts, name, make(dictionary))
    context: _Context = getattr(_contexts, name)
    return context


def _new_compressor(dictionary: bytes) -> zstandard.ZstdCompressor:
    if not dictionary:
        return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    found = _dictionary(dictionary)
    if dictionary is TYPICAL:
        found.precompute_compress(level=_LEVEL)
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True, dict_data=found)


def _new_decompressor(dictionary: bytes) -> zstandard.ZstdDecompressor:
    if not dictionary:
        return zstandard.ZstdDecompressor()
    return zstandard.ZstdDecompressor(dict_data=_dictionary(dictionary))


def _dictionary(text: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(text, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
