"""The transactions that recording waits for: exchanges with their bodies as they are."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Sequence
from typing import Final

from iai_proxy.api import Exchange
from iai_proxy.recordings import codecs, rows
from iai_proxy.recordings.foreseen import BodyRow, Ready
from iai_proxy.recordings.queries import insert, with_checksum
from iai_proxy.recordings.witness import TamperedError, Witness

_PROBE_BYTES: Final = 1 << 20
_PROBE_COMMITS: Final = 2
#: A larger body is written straight into the pages made for it, which saves two copies of it.
_SMALL_BYTES: Final = 1 << 14


class Committer:
    """Commits exchanges.

    Args:
        connection: of the writer.
        witness: looks whether the files are still what is written.

    Attributes:
        body_bytes: how many bytes the bodies have that it has written.
        written_bytes: how many it has written of them.
    """

    def __init__(self, connection: sqlite3.Connection, witness: Witness) -> None:
        self._connection = connection
        self._witness = witness
        (last,) = connection.execute("SELECT max(id) FROM exchange").fetchone()
        self._last = last or 0
        self.body_bytes = self.written_bytes = 0

    def commit(self, group: Sequence[Ready | None]) -> list[int]:
        """Commit exchanges together, and return the numbers.

        Args:
            group: None for what only asks whether that works; its number is 0.

        Raises:
            TamperedError: the files are not what was written; what was committed may be lost.
            sqlite3.Error: it can't be written.
        """
        self._witness.glance()
        commits = 1 + _PROBE_COMMITS * (None in group)
        try:
            if None in group:
                self._probe()
            numbers = self._write(group)
        except BaseException:
            self._take_back(commits)
            raise
        self._last = max([self._last, *numbers])
        self._witness.look(commits)
        return numbers

    def _write(self, group: Sequence[Ready | None]) -> list[int]:
        last = self._last
        numbers = []
        self._connection.execute("BEGIN IMMEDIATE")
        for ready in group:
            last += bool(ready)
            numbers.append(self._insert(last, *ready) if ready else 0)
        self._connection.execute("COMMIT")
        return numbers

    def _take_back(self, commits: int) -> None:
        """End what could not be committed; what of it stands in the log is by us."""
        with contextlib.suppress(sqlite3.Error):  # SQLite rolls back by itself if it must
            self._connection.execute("ROLLBACK")
        with contextlib.suppress(TamperedError):  # the next glance says so
            self._witness.look(commits)

    def _insert(
        self,
        number: int,
        exchange: Exchange,
        request_hash: bytes | None,
        bodies: tuple[BodyRow, BodyRow] | None,
    ) -> int:
        if bodies:
            return self._insert_made(number, exchange, *bodies)
        request_hash = self._insert_body(exchange.request.body, request_hash)
        response_hash = self._insert_body(exchange.response.body) if exchange.response else None
        row = rows.to_row(number, exchange, request_hash, response_hash)
        self._connection.execute(_INSERT, with_checksum("exchange", *row))
        return number

    def _insert_made(
        self, number: int, exchange: Exchange, request: BodyRow, response: BodyRow
    ) -> int:
        """Write an exchange whose bodies were made elsewhere."""
        self._insert_row(*request)
        response_hash = self._insert_row(*response) if exchange.response else None
        sizes = request.size, response.size
        row = rows.to_row(number, exchange, request.digest, response_hash, sizes)
        self._connection.execute(_INSERT, with_checksum("exchange", *row))
        return number

    def _insert_body(self, body: bytes, digest: bytes | None = None) -> bytes:
        """Write a body unless there is an equal one, and return its hash."""
        digest = digest or hashlib.sha256(body).digest()
        return self._insert_row(digest, codecs.RAW, len(body), body)

    def _insert_row(self, digest: bytes, codec: str, size: int, data: bytes) -> bytes:
        is_small = len(data) < _SMALL_BYTES
        inserted = self._connection.execute(
            _INSERT_SMALL if is_small else _INSERT_LARGE,
            (digest, codec, size, data if is_small else len(data)),
        )
        if inserted.rowcount and not is_small and inserted.lastrowid:
            with self._connection.blobopen("body", "data", inserted.lastrowid) as blob:
                blob.write(data)
        self.body_bytes += size
        self.written_bytes += len(data)
        return digest

    def _probe(self) -> None:
        """Write as much as a large call does, and take it back: is there room again?

        Two transactions: pages that are made and freed within one are never written.
        """
        probe = with_checksum("meta", "probe", bytes(_PROBE_BYTES))
        self._connection.execute(insert("meta", "INSERT OR REPLACE"), probe)
        self._connection.execute("DELETE FROM meta WHERE key = 'probe'")


_INSERT: Final = insert("exchange")
_INSERT_SMALL: Final = "INSERT OR IGNORE INTO body VALUES (?, ?, ?, ?)"
_INSERT_LARGE: Final = "INSERT OR IGNORE INTO body VALUES (?, ?, ?, zeroblob(?))"
