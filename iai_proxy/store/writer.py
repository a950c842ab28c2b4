"""The one writer of a recording: a thread that commits what is queued, and packs when there is nothing to commit."""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import secrets
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from iai_proxy import __version__
from iai_proxy.errors import IaiProxyError, InputError, UsageError
from iai_proxy.exchange import Exchange
from iai_proxy.matching import KEY_VERSION, request_keys
from iai_proxy.redact import Redactor
from iai_proxy.store import codecs, rows, schema
from iai_proxy.store.lock import WriterLock

#: Bodies are hundreds of kilobytes: large pages halve the slowest commits against SQLite's default of 4096.
_PAGE_SIZE: Final = 16384
#: The log is folded in while idle; this bounds it (in pages, 64 MB) where there is never an idle moment.
_CHECKPOINT_PAGES: Final = 4096
_IDLE_CHECKPOINT_COMMITS: Final = 32
_LARGEST_GROUP: Final = 64
_PROBE_BYTES: Final = 1 << 20

_Job = tuple[Callable[[], Exchange] | None, "Future[int]"]


class RecordingFailedError(IaiProxyError):
    """An exchange could not be committed: the disk is full, the file was damaged or taken away."""


class RecordingWriter:
    """Appends exchanges to one recording. Safe to call from any thread.

    Args:
        path: the recording.
        append: continue an existing recording; without it the file must not exist.
        known_secrets: values to be replaced wherever they stand, besides those that headers reveal.
        redactor_created: told of the recording's redactor, for what is compared with the recording's bodies.

    Raises:
        UsageError: the file exists and ``append`` is false, its folder can't be written, or it has another writer.
        InputError: the file to continue is not a recording, is damaged, or is newer than this program.
    """

    def __init__(self, path: Path, *, append: bool = False, known_secrets: Iterable[str] = ()) -> None:
        self.path = path
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._unpacked: deque[int] = deque()
        self._commits = 0
        self._failed: str | None = None
        self._closed = False
        self._lock = WriterLock(path)
        self._lock.acquire()
        try:
            self._connection = self._open(append)
            self.redactor = Redactor(self._salt(), known_secrets)
            self.first_id = self._count() + 1
        except BaseException:
            self._lock.release()
            raise
        self._thread = threading.Thread(target=self._run, name="iai-proxy-writer", daemon=True)
        self._thread.start()

    def append(self, make: Callable[[], Exchange]) -> Future[int]:
        """Queue an exchange and return a future of its number, done when it is committed.

        Args:
            make: called on the writer's thread; decoding a body there keeps it off the event loop. Secrets are
                replaced here, after it, so that no caller can forget to.

        The future raises :class:`RecordingFailedError` where the exchange could not be committed.
        """
        return self._submit(make)

    def check(self) -> Future[int]:
        """Return a future that raises :class:`RecordingFailedError` if nothing can be committed at present.

        Costs nothing as long as the last commit succeeded; afterwards it tries to write. A recorder asks before it
        lets a request go upstream, so that no answer is paid for that can't be kept.
        """
        if self._failed is None and not self._closed:
            done: Future[int] = Future()
            done.set_result(0)
            return done
        return self._submit(None)

    def close(self) -> None:
        """Commit and pack what is queued, fold the log in, let the next writer have the file. Idempotent."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _submit(self, make: Callable[[], Exchange] | None) -> Future[int]:
        future: Future[int] = Future()
        if self._closed:
            future.set_exception(RecordingFailedError(f"{self.path} is closed"))
        else:
            self._jobs.put((make, future))
        return future

    # Opening

    def _open(self, append: bool) -> sqlite3.Connection:
        existed = self.path.exists()
        if existed and not append:
            raise UsageError(f"{self.path} exists: give --append to continue it, or another file with -o")
        if existed:
            self._refuse_what_is_no_recording()
        try:
            # Mode 0600 from the first byte: a recording holds what the client sent.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            schema.migrate(connection)
            self._describe(connection)
        except (OSError, sqlite3.Error) as error:
            raise UsageError(f"can't write {self.path} ({error}): choose another place with -o") from error
        self._unpacked.extend(
            number
            for (number,) in connection.execute(
                "SELECT id FROM exchange WHERE id NOT IN (SELECT exchange FROM request_key) ORDER BY id"
            )
        )
        return connection

    def _refuse_what_is_no_recording(self) -> None:
        try:
            connection = sqlite3.connect(f"file:{self.path.absolute()}?mode=rw", uri=True)
            try:
                schema.check_format(connection, self.path)
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise InputError(
                f"{self.path} can't be continued ({error}): `iai-proxy verify {self.path}` says what is whole"
            ) from error

    def _describe(self, connection: sqlite3.Connection) -> None:
        now = str(time.time_ns())
        for key, value in (
            ("salt", secrets.token_bytes(16)),
            ("created_ns", now),
            ("created_by", __version__),
        ):
            connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('writer', ?)", (f"process {os.getpid()}",))

    def _salt(self) -> bytes:
        salt: bytes = self._connection.execute("SELECT value FROM meta WHERE key = 'salt'").fetchone()[0]
        return salt

    def _count(self) -> int:
        last: int = self._connection.execute("SELECT coalesce(max(id), 0) FROM exchange").fetchone()[0]
        return last

    # The writer's thread

    def _run(self) -> None:
        while True:
            group = self._next_group()
            if group is None:
                break
            self._commit(group)
        try:
            while self._unpacked:
                self._pack_next()
            self._connection.execute("DELETE FROM meta WHERE key = 'writer'")
            self._connection.execute("PRAGMA incremental_vacuum")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            # A plain file without side files can be read from a read-only folder. Fails, harmlessly, while
            # somebody reads.
            self._connection.execute("PRAGMA journal_mode = DELETE")
        except (sqlite3.Error, IaiProxyError):
            pass  # what was committed is in the file or its log; the next opening folds it in
        finally:
            self._connection.close()
            self._lock.release()

    def _next_group(self) -> list[_Job] | None:
        """Wait for work, packing meanwhile; return all that has queued up, or None at the end."""
        while self._jobs.empty() and self._unpacked and self._failed is None:
            self._pack_next()
        first = self._jobs.get()
        if first is None:
            return None
        group = [first]
        while len(group) < _LARGEST_GROUP and not self._jobs.empty():
            job = self._jobs.get()
            if job is None:
                self._jobs.put(None)  # close() queues nothing after it
                break
            group.append(job)
        return group

    def _commit(self, group: list[_Job]) -> None:
        made = [(exchange, future) for job in group for exchange, future in self._make(job)]
        if not made:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            numbers = [self._insert(exchange) if exchange else self._probe() for exchange, _ in made]
            self._connection.execute("COMMIT")
        except Exception as error:  # whatever it is: a future left undone would hang a client for ever
            self._rollback()
            self._failed = str(error)
            failure = RecordingFailedError(f"can't write {self.path}: {error}")
            for _, future in made:
                future.set_exception(failure)
            return
        self._failed = None
        self._commits += 1
        self._unpacked.extend(number for number in numbers if number)
        for number, (_, future) in zip(numbers, made, strict=True):
            future.set_result(number)

    def _make(self, job: _Job) -> list[tuple[Exchange | None, Future[int]]]:
        make, future = job
        if not make:
            return [(None, future)]
        try:
            return [(self.redactor.exchange(make()), future)]
        except Exception as error:  # a fault of ours with this one exchange must not stop the others
            failure = RecordingFailedError(f"can't prepare a call for {self.path}: {error!r}")
            failure.__cause__ = error
            future.set_exception(failure)
            return []

    def _rollback(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # SQLite rolls back by itself where it must
            self._connection.execute("ROLLBACK")

    def _insert(self, exchange: Exchange) -> int:
        request_hash = self._insert_body(exchange.request.body)
        response_hash = self._insert_body(exchange.response.body) if exchange.response else None
        cursor = self._connection.execute(rows.INSERT, rows.to_row(exchange, request_hash, response_hash))
        number = cursor.lastrowid
        assert number is not None  # noqa: S101 - an INSERT has one
        return number

    def _insert_body(self, body: bytes) -> bytes:
        digest = hashlib.sha256(body).digest()
        self._connection.execute(
            "INSERT OR IGNORE INTO body VALUES (?, ?, ?, ?)", (digest, codecs.RAW, len(body), body)
        )
        return digest

    def _probe(self) -> int:
        """Write as much as a large call does, and take it back: is there room again?"""
        self._connection.execute("INSERT INTO meta VALUES ('probe', zeroblob(?))", (_PROBE_BYTES,))
        self._connection.execute("DELETE FROM meta WHERE key = 'probe'")
        return 0

    def _pack_next(self) -> None:
        """Pack the bodies of one exchange and store the keys under which replay finds it."""
        number = self._unpacked.popleft()
        try:
            method, target, request_hash, response_hash = self._connection.execute(
                "SELECT method, target, request_hash, response_hash FROM exchange WHERE id = ?", (number,)
            ).fetchone()
            self._connection.execute("BEGIN IMMEDIATE")
            body = self._pack_body(request_hash)
            if response_hash:
                self._pack_body(response_hash)
            keys = request_keys(method, target, body)
            self._connection.execute(
                "INSERT OR REPLACE INTO request_key VALUES (?, ?, ?, ?)",
                (number, KEY_VERSION, keys.exact, keys.seedless),
            )
            self._connection.execute("COMMIT")
            self._commits += 1
            if self._commits >= _IDLE_CHECKPOINT_COMMITS:
                self._commits = 0
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except Exception:
            # Packing can wait: the exchange is whole as it is, and the next opening packs it.
            self._rollback()

    def _pack_body(self, digest: bytes) -> bytes:
        codec, size, data = self._connection.execute(
            "SELECT codec, size, data FROM body WHERE hash = ?", (digest,)
        ).fetchone()
        if codec != codecs.RAW:
            return codecs.unpack(codec, data, size)
        chosen, packed = codecs.pack(data)
        if chosen != codec:
            self._connection.execute("UPDATE body SET codec = ?, data = ? WHERE hash = ?", (chosen, packed, digest))
        body: bytes = data
        return body
