"""Packing calls of a file: reading them, and storing what was made of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from iai_proxy.api import KEY_VERSION, Call
from iai_proxy.lineage import OBSERVATION_VERSION
from iai_proxy.recordings import codecs, rows
from iai_proxy.recordings.bodies import Bodies
from iai_proxy.recordings.cleaning import Cleaned
from iai_proxy.recordings.packing import CallPacker, PackedCall
from iai_proxy.recordings.queries import insert, queries, with_checksum
from iai_proxy.recordings.schema import FORMAT_VERSION

_CALL: Final = f"{queries(FORMAT_VERSION).calls} WHERE id = ?"
_UNPACKED: Final = frozenset({codecs.RAW})
#: What bodies are stored with by a version that refers to none.
_PACKED_BEFORE: Final = frozenset({codecs.RAW, codecs.ZSTD})


class Packed(NamedTuple):
    """What packing made of the call of a number.

    Attributes:
        call: None if it could not be packed.
        cleaned: the call without the secrets in it; it is to be stored so, and then packed.
    """

    number: int
    call: PackedCall | None
    cleaned: Cleaned | None = None


class FilePacker:
    """Packs calls of a recording, without writing anything.

    Args:
        connection: to the file.
        path: the recording.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._bodies = Bodies(connection, path)
        self._packed_anew: set[bytes] = set()  # others may refer to these, so they stay
        self.forget()

    def forget(self) -> None:
        """Refer to nothing that was packed so far: it did not get into the file."""
        self._calls = CallPacker()

    def pack(self, numbers: Iterable[int]) -> list[Packed]:
        """Return what is to be stored of calls, in their order, before the next are packed."""
        done: set[bytes] = set()
        return [self._pack(number, done) for number in numbers]

    def _pack(self, number: int, done: set[bytes]) -> Packed:
        try:
            call = rows.to_call(self._connection.execute(_CALL, (number,)).fetchone())
            packed = self._packed(call, done)
        except Exception:  # a fault of ours with this one call must not stop the others
            self.forget()
            return Packed(number, None)
        done.update(packed.bodies)
        return Packed(number, packed)

    def _packed(self, call: Call, done: Collection[bytes]) -> PackedCall:
        digests = [digest for digest in (call.request_hash, call.response_hash) if digest]
        body, answer = [*map(self._bodies.get, digests), b""][:2]
        waiting = self._waiting_codecs(call.id)
        packed = {
            digest
            for digest in digests
            if digest in done or digest in self._packed_anew or self._codec(digest) not in waiting
        }
        if waiting is not _UNPACKED:  # else its codec says so once it is stored
            self._packed_anew.update(digest for digest in digests if digest not in packed)
        return self._calls.pack(call, body, answer, packed)

    def _waiting_codecs(self, number: int) -> frozenset[str]:
        """Return the codecs of those bodies of a call that are to be packed.

        To what an older version packed nothing refers, so it may be packed anew.
        """
        query = "SELECT version FROM request_key WHERE exchange = ?"
        row = self._connection.execute(query, (number,)).fetchone()
        return _PACKED_BEFORE if row and row[0] < KEY_VERSION else _UNPACKED

    def _codec(self, digest: bytes) -> str:
        query = "SELECT codec FROM body WHERE hash = ?"
        codec: str = self._connection.execute(query, (digest,)).fetchone()[0]
        return codec


def body_bytes(connection: sqlite3.Connection, number: int) -> int:
    """Return how many bytes the bodies of an exchange have, before packing."""
    query = (
        "SELECT total(b.size) FROM exchange AS e JOIN body AS b "
        "ON b.hash IN (e.request_hash, e.response_hash) WHERE e.id = ?"
    )
    return int(connection.execute(query, (number,)).fetchone()[0])


def store(connection: sqlite3.Connection, number: int, packed: PackedCall) -> int:
    """Store what was made of a call, in one transaction, and return the bytes of its bodies.

    Raises:
        sqlite3.Error: it can't be written; nothing of it is.
    """
    keys = packed.keys
    connection.execute("BEGIN IMMEDIATE")
    try:
        written = sum(
            _replace(connection, digest, *packed.bodies[digest]) for digest in packed.bodies
        )
        connection.execute(
            insert("request_key", "INSERT OR REPLACE"),
            with_checksum("request_key", number, KEY_VERSION, keys.exact, keys.seedless),
        )
        if packed.observation is not None:
            connection.execute(
                insert("observation", "INSERT OR REPLACE"),
                with_checksum("observation", number, OBSERVATION_VERSION, packed.observation),
            )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite rolls back by itself if it must
            connection.execute("ROLLBACK")
        raise
    return written


def _replace(connection: sqlite3.Connection, digest: bytes, codec: str, data: bytes) -> int:
    """Put packed bytes in place of those that refer to no other body, and return how many.

    The row goes to the end of the table: put into the old one's place, it would leave half a page
    empty (file of 4096-byte pages 5 % larger than its bodies against 20 %).
    """
    if codec == codecs.RAW:
        return 0
    before = connection.execute(
        "DELETE FROM body WHERE hash = ? AND codec IN ('raw', 'zstd') RETURNING size", (digest,)
    ).fetchone()
    if before:
        row = (digest, codec, before[0], data)
        connection.execute("INSERT INTO body VALUES (?, ?, ?, ?)", row)
    return len(data) if before else 0
