"""Reading bodies by their hash, one at a time or many on all cores."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from iai_proxy.errors import InputError
from iai_proxy.recordings import codecs

#: Fewer bodies than this are unpacked one after another.
_WORTH_THREADS = 4


class _Packed(NamedTuple):
    codec: str
    data: bytes
    size: int


class Bodies:
    """The bodies of an open recording."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def get(self, digest: bytes) -> bytes:
        """Return the body that has this SHA-256.

        Raises:
            InputError: it is missing or damaged.
        """
        return self._unpacked(digest, self._packed(digest))

    def batches(self, batches: Iterable[Sequence[bytes | None]]) -> Iterator[list[bytes]]:
        """Yield for each batch of hashes its bodies, an empty one if there is no hash.

        They are unpacked on all cores, the next batch while the caller works on one. Those that
        were packed with a checksum, which finds damage in a tenth of the time, are not hashed
        again.

        Raises:
            InputError: one is missing or damaged.
        """
        waiting: deque[tuple[Sequence[bytes | None], dict[bytes, None], Iterator[bytes]]] = deque()
        # zstandard and hashlib release Python's lock. No thread starts before it is needed.
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="iai-proxy-unpack") as pool:
            for digests in batches:
                wanted = dict.fromkeys(digest for digest in digests if digest)
                packed = [self._packed(digest) for digest in wanted]
                unpack = pool.map if len(wanted) >= _WORTH_THREADS else map
                waiting.append((digests, wanted, unpack(self._unpacked_fast, wanted, packed)))
                if len(waiting) > 1:
                    yield _in_order(*waiting.popleft())
            while waiting:
                yield _in_order(*waiting.popleft())

    def _packed(self, digest: bytes) -> _Packed:
        row = self._connection.execute(
            "SELECT codec, data, size FROM body WHERE hash = ?", (digest,)
        ).fetchone()
        if row is None:
            raise self._damage(digest, "missing")
        packed = _Packed(*row)
        if not isinstance(packed.data, bytes):
            raise self._damage(digest, f"of type {type(packed.data).__name__}")
        return packed

    def _unpacked_fast(self, digest: bytes, packed: _Packed) -> bytes:
        if codecs.has_checksum(packed.codec, packed.data):
            return codecs.unpack(*packed)
        return self._unpacked(digest, packed)

    def _unpacked(self, digest: bytes, packed: _Packed) -> bytes:
        body = codecs.unpack(*packed)
        if hashlib.sha256(body).digest() != digest:
            raise self._damage(digest, "not what was recorded")
        return body

    def _damage(self, digest: bytes, what: str) -> InputError:
        return InputError(f"{self._path} is damaged: the body {digest.hex()[:12]} is {what}")


def _in_order(
    digests: Sequence[bytes | None], wanted: Iterable[bytes], unpacked: Iterable[bytes]
) -> list[bytes]:
    found = dict(zip(wanted, unpacked, strict=True))
    return [found[digest] if digest else b"" for digest in digests]
