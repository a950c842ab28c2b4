"""Compressed streams within bytes, labelled or not, also those that were cut off.

gzip, zlib and zstd are known by how they begin, wherever that is; deflate and brotli have no
beginning of their own, and are tried on a whole body that is no text.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple

from iai_proxy.api.content_coding import undoes_brotli
from iai_proxy.recordings.search_budget import Budget

#: How much is unpacked of a stream in which a secret is searched for. What is larger is searched
#: part by part, and replaced as a whole.
MOST_UNPACKED: Final = 64 << 20
#: What a stream begins with: gzip (RFC 1952), zstd (RFC 8878), zlib (RFC 1950).
_BEGINNINGS: Final = re.compile(rb"\x1f\x8b\x08|\x28\xb5\x2f\xfd|\x78[\x01\x5e\x9c\xda]")
#: What gives nothing after so many bytes is no stream: a long name in the head of a gzip stream
#: would be read to the end of the body, from each place where one may begin.
_HEAD: Final = 8192
#: A stream of which less can be unpacked is none.
_SHORTEST: Final = 6
_MARK: Final = b"[redacted]"
#: How many bytes are unpacked at a time: a few of zstd and of brotli can make megabytes.
_STEP: Final = 4096
_STEPS: Final = {"zstd": 256, "br": 64}

Within = Callable[[bytes], bytes]


class Unpacked(NamedTuple):
    """What a stream holds, as far as it can be read.

    Attributes:
        data: at most :data:`MOST_UNPACKED` bytes.
        end: of the stream, after its first byte.
        is_whole: whether it ended by itself.
    """

    data: bytes
    end: int
    is_whole: bool


def may_have_streams(body: bytes, rest: bytes) -> bool:
    """Return whether there may be a stream in some bytes.

    Args:
        body: anything.
        rest: what is left of it without numbers and white space, of which no beginning has any.
    """
    return bool(_BEGINNINGS.search(rest)) or not _is_text(body)


def replace_in_streams(body: bytes, within: Within, budget: Budget) -> bytes:
    """Return bytes in which no stream holds what a function replaces.

    A stream that does is packed again without it; if it was cut off, so is the new one.

    Args:
        body: anything.
        within: returns the very same object if there is nothing to replace.
        budget: of the body.

    Raises:
        SpentError: the budget is spent.
    """
    pieces: list[bytes] = []
    done = 0
    for start, kind, unpacked in streams(body, budget):
        if start < done:
            continue
        replaced = within(unpacked.data)
        if replaced is not unpacked.data:
            end = start + unpacked.end
            is_long = len(unpacked.data) >= MOST_UNPACKED
            packed = _MARK if is_long else _pack(kind, replaced, unpacked.is_whole)
            pieces += [body[done:start], packed]
            done = end
    return b"".join([*pieces, body[done:]]) if pieces else body


def streams(body: bytes, budget: Budget) -> Iterator[tuple[int, str, Unpacked]]:
    """Yield the streams in some bytes: where each begins, its kind, and what it holds."""
    end = 0
    for found in _BEGINNINGS.finditer(body):
        if found.start() < end:
            continue
        kind = _kind(found[0])
        unpacked = _unpack(kind, memoryview(body)[found.start() :], budget)
        if unpacked and len(unpacked.data) >= _SHORTEST:
            end = found.start() + unpacked.end
            yield found.start(), kind, unpacked
    if not end and body and not _is_text(body):
        for kind in ("deflate", "br") if undoes_brotli() else ("deflate",):
            unpacked = _unpack(kind, memoryview(body), budget)
            if unpacked and len(unpacked.data) >= _SHORTEST:
                yield 0, kind, unpacked


def _kind(beginning: bytes) -> str:
    return {b"\x1f": "gzip", b"\x28": "zstd", b"\x78": "zlib"}[beginning[:1]]


def _is_text(body: bytes) -> bool:
    with suppress(UnicodeDecodeError):
        body.decode()
        return True
    return False


def _unpack(kind: str, packed: memoryview, budget: Budget) -> Unpacked | None:
    """Return what can be read of a stream; None if that is nothing."""
    stream = _unpacker(kind)
    step = _STEPS.get(kind, _STEP)
    parts: list[bytes] = []
    size = position = 0
    while position < len(packed) and size < MOST_UNPACKED and not _has_ended(stream):
        budget.check()
        if not size and position > _HEAD:
            return None
        try:
            parts.append(stream.decompress(bytes(packed[position : position + step])))
        except MemoryError:
            raise
        except Exception:  # each library has errors of its own: it is broken from here on
            rest, position = _bytewise(kind, packed, position)
            data = b"".join([*parts, rest])
            return Unpacked(data, position, is_whole=False) if data else None
        size += len(parts[-1])
        position += step
    data = b"".join(parts)[:MOST_UNPACKED]
    whole = _has_ended(stream)
    end = min(position, len(packed)) - (len(getattr(stream, "unused_data", b"")) if whole else 0)
    return Unpacked(data, end, whole) if data else None


def _bytewise(kind: str, packed: memoryview, position: int) -> tuple[bytes, int]:
    """Return what a broken stream holds after a position, and at which byte it is broken."""
    stream = _unpacker(kind)
    stream.decompress(bytes(packed[:position]))
    parts: list[bytes] = []
    try:
        while position < len(packed):
            parts.append(stream.decompress(bytes(packed[position : position + 1])))
            position += 1
    except MemoryError:
        raise
    except Exception:  # see above
        return b"".join(parts), position
    return b"".join(parts), position


def _has_ended(stream: Any) -> bool:
    ended = getattr(stream, "eof", None)
    return bool(stream.is_finished()) if ended is None else bool(ended)


def _unpacker(kind: str) -> Any:
    match kind:
        case "zstd":
            import zstandard

            return zstandard.ZstdDecompressor().decompressobj()
        case "br":
            import brotli

            return _Brotli(brotli.Decompressor())
        case _:
            return zlib.decompressobj(_WINDOW_BITS[kind])


_WINDOW_BITS: Final = {"gzip": 31, "zlib": 15, "deflate": -15}


class _Brotli:
    """Brotli with the names that the others have."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def decompress(self, data: bytes) -> bytes:
        return bytes(self._stream.process(data))

    def is_finished(self) -> bool:
        return bool(self._stream.is_finished())


def _pack(kind: str, data: bytes, whole: bool) -> bytes:
    """Pack bytes again; without an end if there was none."""
    match kind:
        case "zstd":
            import zstandard

            zstd = zstandard.ZstdCompressor().compressobj()
            flush = zstandard.COMPRESSOBJ_FLUSH_FINISH if whole else _FLUSH_ZSTD_BLOCK
            return zstd.compress(data) + zstd.flush(flush)
        case "br":
            import brotli

            stream = brotli.Compressor()
            return bytes(stream.process(data) + (stream.finish() if whole else stream.flush()))
        case _:
            packer = zlib.compressobj(wbits=_WINDOW_BITS[kind])
            ending = zlib.Z_FINISH if whole else zlib.Z_SYNC_FLUSH
            return packer.compress(data) + packer.flush(ending)


_FLUSH_ZSTD_BLOCK: Final = 1
