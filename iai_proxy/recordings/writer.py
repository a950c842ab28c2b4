"""The one writer of a recording: a thread that commits what is queued, and packs when idle."""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, NamedTuple, Self

from iai_proxy.api import Exchange
from iai_proxy.errors import IaiProxyError
from iai_proxy.recordings import codecs, opening, rows
from iai_proxy.recordings.lock import WriterLock
from iai_proxy.recordings.packer import Packer
from iai_proxy.recordings.redactor import Redactor

_LARGEST_GROUP: Final = 64
_PROBE_BYTES: Final = 1 << 20
#: How long a writer that ends waits for who looks into the file just then, and how often it tries.
_LOOKED_INTO_S: Final = 1.0
_TRIED_EVERY_S: Final = 0.02


class RecordingFailedError(IaiProxyError):
    """An exchange could not be committed: the disk is full, the file was damaged or removed."""


class _Job(NamedTuple):
    """An exchange to be made and committed, or, without ``make``, an attempt to write."""

    make: Callable[[], Exchange] | None
    future: Future[int]


class _Made(NamedTuple):
    exchange: Exchange | None
    future: Future[int]


class RecordingWriter:
    """Appends exchanges to one recording. Safe to call from any thread.

    Args:
        path: the recording.
        append: continue an existing recording; without it the file must not exist.
        known_secrets: values to be replaced wherever they occur, besides those that headers reveal.

    Raises:
        UsageError: the file exists and ``append`` is false, its folder can't be written, or it has
            another writer.
        InputError: the file to continue is not a recording, is damaged, or is newer than this
            program.
    """

    def __init__(
        self, path: Path, *, append: bool = False, known_secrets: Iterable[str] = ()
    ) -> None:
        self.path = path
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._failed = False
        #: How many exchanges this writer has committed.
        self.committed = 0
        self._closed = False
        self._closing = threading.Lock()
        self._lock = WriterLock(path)
        self._lock.acquire()
        with contextlib.ExitStack() as undo:
            undo.callback(self._lock.release)
            self._connection = opening.open_for_writing(path, append=append)
            undo.callback(self._connection.close)
            self.redactor = Redactor(opening.read_salt(self._connection, path), known_secrets)
            unpacked = opening.find_unpacked(self._connection, path)
            self._packer = Packer(self._connection, path, unpacked)
            self._file = path.stat()
            undo.pop_all()
        self._thread = threading.Thread(target=self._run, name="iai-proxy-writer", daemon=True)
        self._thread.start()

    def append(self, make: Callable[[], Exchange]) -> Future[int]:
        """Queue an exchange and return a future of its number, done when it is committed.

        Args:
            make: called on the writer's thread; decoding a body there keeps it off the event loop.
                Secrets are replaced here, after it, so that no caller can forget to.

        The future raises :class:`RecordingFailedError` if the exchange could not be committed.
        """
        return self._submit(make)

    def check(self) -> Future[int]:
        """Return a future that raises RecordingFailedError if nothing can be committed now.

        Costs nothing as long as the last commit succeeded; afterwards it tries to write. A recorder
        checks before it lets a request go upstream, so that no answer is paid for that can't be
        kept.
        """
        if self._failed or self._closed:
            return self._submit(None)
        done: Future[int] = Future()
        done.set_result(0)
        return done

    def close(self) -> None:
        """Commit and pack what is queued, fold the log in, release the file. Idempotent."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _submit(self, make: Callable[[], Exchange] | None) -> Future[int]:
        future: Future[int] = Future()
        # From here on it can't be cancelled: a client that hangs up does not undo a call that is
        # paid for.
        future.set_running_or_notify_cancel()
        with self._closing:
            if self._closed:
                future.set_exception(RecordingFailedError(f"{self.path} is closed"))
            else:
                self._jobs.put(_Job(make, future))
        return future

    # The writer's thread

    def _run(self) -> None:
        while (group := self._next_group()) is not None:
            self._commit([made for job in group for made in self._make(job)])
        try:
            self._finish()
        except (sqlite3.Error, IaiProxyError):
            pass  # what was committed is in the file or its log; the next opening folds it in
        finally:
            self._connection.close()
            self._lock.release()

    def _finish(self) -> None:
        while self._packer.has_work:
            self._packer.pack_next()
        self._connection.execute("DELETE FROM meta WHERE key = 'writer'")
        # execute() would free a single page.
        self._connection.executescript("PRAGMA incremental_vacuum;")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._remove_side_files()

    def _remove_side_files(self) -> None:
        """Make a plain file of it, which can be copied alone and read from a read-only folder.

        That fails, harmlessly, while someone has it open; who only looks in soon lets go of it.
        """
        until = time.monotonic() + _LOOKED_INTO_S
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.OperationalError:  # locked, which SQLite does not wait for here
                if time.monotonic() > until:
                    raise
                time.sleep(_TRIED_EVERY_S)
            else:
                return

    def _next_group(self) -> list[_Job] | None:
        """Wait for work, packing meanwhile; return all that has queued up, or None at the end."""
        while self._jobs.empty() and self._packer.has_work and not self._failed:
            self._packer.pack_next()
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

    def _make(self, job: _Job) -> list[_Made]:
        if not job.make:
            return [_Made(None, job.future)]
        try:
            return [_Made(self.redactor.exchange(job.make()), job.future)]
        except Exception as error:
            # A fault of ours with this one exchange must not stop the others.
            failure = RecordingFailedError(f"can't prepare a call for {self.path}: {error!r}")
            failure.__cause__ = error
            job.future.set_exception(failure)
            return []

    def _commit(self, group: list[_Made]) -> None:
        if not group:
            return
        try:
            numbers = self._insert_all(group)
        except Exception as error:
            # Whatever it is: a future that is never done would hang a client forever.
            with contextlib.suppress(sqlite3.Error):  # SQLite rolls back by itself if it must
                self._connection.execute("ROLLBACK")
            if len(group) == 1:
                group[0].future.set_exception(self._failure(error))
                return
            for made in group:  # what can't be stored must not take the others with it
                self._commit([made])
            return
        self._failed = False
        stored = [number for number in numbers if number]
        self.committed += len(stored)
        self._packer.add(stored)
        for made, number in zip(group, numbers, strict=True):
            made.future.set_result(number)

    def _insert_all(self, group: list[_Made]) -> list[int]:
        """Commit a group, and return the numbers; 0 for what only asks whether that works."""
        self._require_file()
        if any(made.exchange is None for made in group):
            self._probe()
        self._connection.execute("BEGIN IMMEDIATE")
        numbers = [self._insert(made.exchange) if made.exchange else 0 for made in group]
        self._connection.execute("COMMIT")
        return numbers

    def _failure(self, error: Exception) -> RecordingFailedError:
        if isinstance(error, sqlite3.Error):
            self._failed = True
            failure = RecordingFailedError(
                f"can't write {self.path} ({error}): recording goes on as soon as it can be "
                "written again, for instance when its disk has room"
            )
        else:
            failure = RecordingFailedError(f"can't store this call in {self.path}: {error!r}")
        failure.__cause__ = error
        return failure

    def _require_file(self) -> None:
        """Make sure that our file has its name: SQLite goes on writing to one that was deleted."""
        try:
            there = os.path.samestat(self.path.stat(), self._file)
        except OSError:
            there = False
        if not there:
            raise sqlite3.OperationalError("the file was deleted or moved away")

    def _insert(self, exchange: Exchange) -> int:
        request_hash = self._insert_body(exchange.request.body)
        response_hash = self._insert_body(exchange.response.body) if exchange.response else None
        row = rows.to_row(exchange, request_hash, response_hash)
        return self._connection.execute(rows.INSERT, row).lastrowid or 0

    def _insert_body(self, body: bytes) -> bytes:
        digest = hashlib.sha256(body).digest()
        self._connection.execute(
            "INSERT OR IGNORE INTO body VALUES (?, ?, ?, ?)", (digest, codecs.RAW, len(body), body)
        )
        return digest

    def _probe(self) -> None:
        """Write as much as a large call does, and take it back: is there room again?

        Two transactions: pages that are made and freed within one are never written.
        """
        self._connection.execute(
            "INSERT OR REPLACE INTO meta VALUES ('probe', zeroblob(?))", (_PROBE_BYTES,)
        )
        self._connection.execute("DELETE FROM meta WHERE key = 'probe'")
