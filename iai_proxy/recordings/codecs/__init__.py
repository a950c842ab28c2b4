"""How a body's bytes are packed. Each stored body names its codec: a new one is only a new entry.

* ``raw``: as they are. So a body is committed before its client has the answer.
* ``zstd``: packed by themselves.
* ``zstd-typical``: the same, with a text of what such bodies usually say (``typical``).
* ``agents``: a body with recurrent states: floats, printed again as they were, and references to
  rows and texts of other bodies (``referring``).

What a codec says is never changed, since recordings are kept: a change is a new name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from iai_proxy.errors import InputError
from iai_proxy.recordings.codecs import frames, plain, referring
from iai_proxy.recordings.codecs.body_packer import BodyPacker
from iai_proxy.recordings.codecs.plain import RAW, TYPICAL_ZSTD, ZSTD, pack
from iai_proxy.recordings.codecs.referring import AGENTS, cut_of
from iai_proxy.recordings.codecs.source import BodyOf, rest_of, source_of
from iai_proxy.recordings.codecs.written import Cut

#: What SQLite stores in one place at most; each body is stored as it is before it is packed.
_LARGEST: Final = 1_000_000_000

__all__ = [
    "AGENTS",
    "RAW",
    "TYPICAL_ZSTD",
    "ZSTD",
    "BodyOf",
    "BodyPacker",
    "Cut",
    "cut_of",
    "has_checksum",
    "pack",
    "references",
    "rest_of",
    "unpack",
]


def unpack(codec: str, data: bytes, size: int, body_of: BodyOf | None = None) -> bytes:
    """Return a body from its packed bytes.

    Args:
        codec: as stored.
        data: the packed bytes.
        size: the body's true size in bytes; a damaged row can't make us allocate more.
        body_of: gives the bodies that this one refers to, by their SHA-256.

    Raises:
        InputError: the codec is unknown to this version, or the data is damaged, or a body that
            this one refers to is.
    """
    if not 0 <= size <= _LARGEST:
        raise InputError(f"a body is damaged: no body has {size} bytes")
    unpacker = _UNPACKERS.get(codec)
    if unpacker is None:
        known = ", ".join(_UNPACKERS)
        raise InputError(
            f"a body is damaged, or of a newer iai-proxy: it is packed with {codec!r}, which this "
            f"iai-proxy does not know ({known}): upgrade"
        )
    body = unpacker(data, size, body_of or _no_other)
    if len(body) != size:
        raise InputError(f"a body is damaged: it has {len(body)} bytes, its row says {size}")
    return body


def references(codec: str, data: bytes) -> tuple[bytes, ...]:
    """Return the SHA-256 of each body that a packed body refers to.

    Raises:
        InputError: the data is damaged.
    """
    return referring.references_of(data) if codec == AGENTS else ()


def has_checksum(codec: str, data: bytes) -> bool:
    """Return whether packed bytes hold a checksum of the body, which :func:`unpack` compares.

    A body that refers to others has one of what it adds to them.
    """
    if codec == AGENTS:
        return frames.has_checksum(referring.frame_of(data))
    return codec in {ZSTD, TYPICAL_ZSTD} and frames.has_checksum(data)


def _no_other(digest: bytes) -> bytes:
    raise InputError(f"a packed body refers to the body {digest.hex()[:12]}, which is not there")


_UNPACKERS: Final[dict[str, Callable[[bytes, int, BodyOf], bytes]]] = {
    RAW: lambda data, _, __: data,
    ZSTD: lambda data, size, _: plain.unzstd(ZSTD, data, size),
    TYPICAL_ZSTD: lambda data, size, _: plain.unzstd(TYPICAL_ZSTD, data, size),
    AGENTS: lambda data, size, body_of: referring.unpack(
        data, size, lambda digest: source_of(body_of(digest))
    ),
}
