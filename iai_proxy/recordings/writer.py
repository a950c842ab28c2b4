"""The one writer of a recording: a thread that commits what is queued, and packs when there is nothing to commit."""

from __future__ import annotations

import contextlib
import hashlib
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from iai_proxy.api import KEY_VERSION, Exchange, request_keys
from iai_proxy.errors import IaiProxyError
from iai_proxy.lineage import OBSERVATION_VERSION, observe, pack
from iai_proxy.recordings import codecs, opening, rows, schema
from iai_proxy.recordings.lock import WriterLock
from iai_proxy.recordings.redactor import Redactor

_IDLE_CHECKPOINT_COMMITS: Final = 32
_LARGEST_GROUP: Final = 64
_PROBE_BYTES: Final = 1 << 20
_QUERIES: Final = rows.Queries(schema.FORMAT_VERSION)

_Job = tuple[Callable[[], Exchange] | None, "Future[int]"]
_Made = tuple[Exchange | None, "Future[int]"]


class RecordingFailedError(IaiProxyError):
    """An exchange could not be committed: the disk is full, the file was damaged or taken away."""


class RecordingWriter:
    """Appends exchanges to one recording. Safe to call from any thread.

    Args:
        path: the recording.
        append: continue an existing recording; without it the file must not exist.
        known_secrets: values to be replaced wherever they stand, besides those that headers reveal.

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
        self._commits = 0
        self._failed: str | None = None
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
            self.redactor = Redactor(opening.salt(self._connection, path), known_secrets)
            self._unpacked = deque(opening.unpacked(self._connection, path))
            found = path.stat()
            self._identity = (found.st_dev, found.st_ino)
            undo.pop_all()
        self._thread = threading.Thread(target=self._run, name="iai-proxy-writer", daemon=True)
        self._thread.start()

    def append(self, make: Callable[[], Exchange]) -> Future[int]:
        """Queue an exchange and return a future of its number, done when it is committed.

        Args:
            make: called on the writer's thread; decoding a body there keeps it off the event loop.
                Secrets are replaced here, after it, so that no caller can forget to.

        The future raises :class:`RecordingFailedError` where the exchange could not be committed.
        """
        return self._submit(make)

    def check(self) -> Future[int]:
        """Return a future that raises :class:`RecordingFailedError` if nothing can be committed at present.

        Costs nothing as long as the last commit succeeded; afterwards it tries to write. A recorder
        asks before it lets a request go upstream, so that no answer is paid for that can't be kept.
        """
        if self._failed is None and not self._closed:
            done: Future[int] = Future()
            done.set_result(0)
            return done
        return self._submit(None)

    def close(self) -> None:
        """Commit and pack what is queued, fold the log in, let the next writer have the file. Idempotent."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
                self._jobs.put((make, future))
        return future

    # The writer's thread

    def _run(self) -> None:
        while True:
            group = self._next_group()
            if group is None:
                break
            self._commit([made for job in group for made in self._make(job)])
        try:
            while self._unpacked:
                self._pack_next()
            self._connection.execute("DELETE FROM meta WHERE key = 'writer'")
            self._connection.executescript(
                "PRAGMA incremental_vacuum;"
            )  # execute() would free a single page
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            # A plain file without side files can be read from a read-only folder. Fails,
            # harmlessly, while somebody reads.
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

    def _commit(self, made: list[_Made]) -> None:
        if not made:
            return
        try:
            self._still_there()
            if any(exchange is None for exchange, _ in made):
                self._probe()
            self._connection.execute("BEGIN IMMEDIATE")
            numbers = [self._insert(exchange) if exchange else 0 for exchange, _ in made]
            self._connection.execute("COMMIT")
        except (
            Exception
        ) as error:  # whatever it is: a future left undone would hang a client for ever
            self._rollback()
            if len(made) > 1:  # the one that can't be stored must not take the others with it
                for one in made:
                    self._commit([one])
            else:
                made[0][1].set_exception(self._failure(error))
            return
        self._failed = None
        self._commits += 1
        self.committed += sum(1 for number in numbers if number)
        self._unpacked.extend(number for number in numbers if number)
        for number, (_, future) in zip(numbers, made, strict=True):
            future.set_result(number)

    def _make(self, job: _Job) -> list[_Made]:
        make, future = job
        if not make:
            return [(None, future)]
        try:
            return [(self.redactor.exchange(make()), future)]
        except (
            Exception
        ) as error:  # a fault of ours with this one exchange must not stop the others
            failure = RecordingFailedError(f"can't prepare a call for {self.path}: {error!r}")
            failure.__cause__ = error
            future.set_exception(failure)
            return []

    def _failure(self, error: Exception) -> RecordingFailedError:
        if not isinstance(error, sqlite3.Error):
            failure = RecordingFailedError(f"can't store this call in {self.path}: {error!r}")
        else:
            self._failed = str(error)
            failure = RecordingFailedError(
                f"can't write {self.path} ({error}): recording goes on as soon as it can be written again, "
                "for instance when its disk has room"
            )
        failure.__cause__ = error
        return failure

    def _still_there(self) -> None:
        """Make sure that what we write has a name: SQLite goes on writing to a file that was deleted or moved."""
        try:
            now = self.path.stat()
        except OSError:
            now = None
        if now is None or (now.st_dev, now.st_ino) != self._identity:
            raise sqlite3.OperationalError("the file was deleted or moved away")

    def _rollback(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # SQLite rolls back by itself where it must
            self._connection.execute("ROLLBACK")

    def _insert(self, exchange: Exchange) -> int:
        request_hash = self._insert_body(exchange.request.body)
        response_hash = self._insert_body(exchange.response.body) if exchange.response else None
        cursor = self._connection.execute(
            rows.INSERT, rows.to_row(exchange, request_hash, response_hash)
        )
        number = cursor.lastrowid
        assert number is not None
        return number

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

    def _pack_next(self) -> None:
        """Pack the bodies of one exchange; store the keys that replay finds it by, and what lineage needs of it."""
        number = self._unpacked.popleft()
        try:
            row = self._connection.execute(f"{_QUERIES.calls} WHERE e.id = ?", (number,)).fetchone()
            call = rows.to_call(row)
            self._connection.execute("BEGIN IMMEDIATE")
            body = self._pack_body(call.request_hash)
            answer = self._pack_body(call.response_hash) if call.response_hash else b""
            keys = request_keys(call.method, call.target, body)
            self._connection.execute(
                "INSERT OR REPLACE INTO request_key VALUES (?, ?, ?, ?)",
                (number, KEY_VERSION, keys.exact, keys.seedless),
            )
            if call.endpoint.is_stepping:
                packed = pack(observe(call, body, answer))
                self._connection.execute(
                    "INSERT OR REPLACE INTO observation VALUES (?, ?, ?)",
                    (number, OBSERVATION_VERSION, packed),
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
            self._connection.execute(
                "UPDATE body SET codec = ?, data = ? WHERE hash = ?", (chosen, packed, digest)
            )
        body: bytes = data
        return body
