"""Packing what is committed, once there is time for it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from iai_proxy.api import KEY_VERSION, Call
from iai_proxy.lineage import OBSERVATION_VERSION
from iai_proxy.recordings import codecs, rows
from iai_proxy.recordings.bodies import Bodies
from iai_proxy.recordings.packing import CallPacker, PackedCall

_COMMITS_PER_CHECKPOINT: Final = 32


class Packer:
    """Packs bodies, and stores the keys that replay finds a call by and what lineage needs of it.

    Args:
        connection: of the writer.
        path: the recording.
        waiting: numbers of exchanges to begin with.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, waiting: Iterable[int]) -> None:
        self._connection = connection
        self._bodies = Bodies(connection, path)
        self._waiting = deque(waiting)
        self._calls = CallPacker()
        self._commits = 0

    @property
    def has_work(self) -> bool:
        """Whether exchanges are waiting."""
        return bool(self._waiting)

    def add(self, numbers: Iterable[int]) -> None:
        """Take note of exchanges that were committed together."""
        self._waiting.extend(numbers)
        self._commits += 1

    def pack_next(self) -> None:
        """Pack one exchange. On any error it stays as it is, and the next opening packs it."""
        number = self._waiting.popleft()
        try:
            self._pack(number)
        except Exception:
            self._calls = CallPacker()
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _pack(self, number: int) -> None:
        query = f"{rows.SELECT_CALLS} WHERE e.id = ?"
        call = rows.to_call(self._connection.execute(query, (number,)).fetchone())
        packed = self._packed(call)
        self._connection.execute("BEGIN IMMEDIATE")
        self._store(call, packed)
        self._connection.execute("COMMIT")
        self._commits += 1
        if self._commits >= _COMMITS_PER_CHECKPOINT:
            self._commits = 0
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _packed(self, call: Call) -> PackedCall:
        digests = [digest for digest in (call.request_hash, call.response_hash) if digest]
        body, answer = [*map(self._bodies.get, digests), b""][:2]
        done = frozenset(digest for digest in digests if not self._is_raw(digest))
        return self._calls.pack(call, body, answer, done)

    def _is_raw(self, digest: bytes) -> bool:
        query = "SELECT codec FROM body WHERE hash = ?"
        codec: str = self._connection.execute(query, (digest,)).fetchone()[0]
        return codec == codecs.RAW

    def _store(self, call: Call, packed: PackedCall) -> None:
        for digest, (codec, data) in packed.bodies.items():
            if codec != codecs.RAW:
                self._connection.execute(
                    "UPDATE body SET codec = ?, data = ? WHERE hash = ?", (codec, data, digest)
                )
        self._connection.execute(
            "INSERT OR REPLACE INTO request_key VALUES (?, ?, ?, ?)",
            (call.id, KEY_VERSION, packed.keys.exact, packed.keys.seedless),
        )
        if packed.observation is not None:
            self._connection.execute(
                "INSERT OR REPLACE INTO observation VALUES (?, ?, ?)",
                (call.id, OBSERVATION_VERSION, packed.observation),
            )
