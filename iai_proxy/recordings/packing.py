"""Packing what is committed, once there is time for it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import deque
from collections.abc import Iterable
from typing import Final

from iai_proxy.api import KEY_VERSION, Call, request_keys
from iai_proxy.lineage import OBSERVATION_VERSION, observe, pack
from iai_proxy.recordings import codecs, rows

_COMMITS_PER_CHECKPOINT: Final = 32


class Packer:
    """Packs bodies, and stores the keys that replay finds a call by and what lineage needs of it.

    Args:
        connection: of the writer.
        waiting: numbers of exchanges to begin with.
    """

    def __init__(self, connection: sqlite3.Connection, waiting: Iterable[int]) -> None:
        self._connection = connection
        self._waiting = deque(waiting)
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
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _pack(self, number: int) -> None:
        query = f"{rows.SELECT_CALLS} WHERE e.id = ?"
        call = rows.to_call(self._connection.execute(query, (number,)).fetchone())
        self._connection.execute("BEGIN IMMEDIATE")
        self._pack_call(call)
        self._connection.execute("COMMIT")
        self._commits += 1
        if self._commits >= _COMMITS_PER_CHECKPOINT:
            self._commits = 0
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _pack_call(self, call: Call) -> None:
        body = self._pack_body(call.request_hash)
        answer = self._pack_body(call.response_hash) if call.response_hash else b""
        keys = request_keys(call.method, call.target, body)
        self._connection.execute(
            "INSERT OR REPLACE INTO request_key VALUES (?, ?, ?, ?)",
            (call.id, KEY_VERSION, keys.exact, keys.seedless),
        )
        if call.endpoint.is_stepping:
            self._connection.execute(
                "INSERT OR REPLACE INTO observation VALUES (?, ?, ?)",
                (call.id, OBSERVATION_VERSION, pack(observe(call, body, answer))),
            )

    def _pack_body(self, digest: bytes) -> bytes:
        """Pack a body unless it is packed already, and return it as it was sent."""
        codec, size, data = self._connection.execute(
            "SELECT codec, size, data FROM body WHERE hash = ?", (digest,)
        ).fetchone()
        if codec != codecs.RAW:
            return codecs.unpack(codec, data, size)
        body: bytes = data
        chosen, packed = codecs.pack(body)
        if chosen != codec:
            self._connection.execute(
                "UPDATE body SET codec = ?, data = ? WHERE hash = ?", (chosen, packed, digest)
            )
        return body
