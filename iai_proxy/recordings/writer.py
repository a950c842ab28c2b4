"""The one writer of a recording: a thread that commits what is queued, before all else."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Final, Self

from iai_proxy.api import Exchange, Request
from iai_proxy.api.bounds import MOST_DECODED
from iai_proxy.errors import IaiProxyError
from iai_proxy.recordings import closing, free_room, opening
from iai_proxy.recordings.committing import Committer
from iai_proxy.recordings.connecting import plain_errors
from iai_proxy.recordings.files import bytes_of
from iai_proxy.recordings.foreseen import Foreseen
from iai_proxy.recordings.lock import WriterLock
from iai_proxy.recordings.memory import UsedMemory
from iai_proxy.recordings.origin import NO_ORIGIN, Origin
from iai_proxy.recordings.packing_beside import PackingBeside
from iai_proxy.recordings.packing_here import Packing, PackingHere
from iai_proxy.recordings.preparing import Prepared, Preparing, at_once
from iai_proxy.recordings.queued import CodedJob, Coming, Job, Made, PreparedJob, Sign, Work
from iai_proxy.recordings.redactor import Redactor
from iai_proxy.recordings.sweeping import Sweep, store_note
from iai_proxy.recordings.unsaid import Unsaid
from iai_proxy.recordings.witness import TamperedError, Witness

_LARGEST_GROUP: Final = 64
#: A larger file is not written anew when it is closed, but by ``iai-proxy pack``.
_MOST_WRITTEN_ANEW: Final = 256_000_000


class RecordingFailedError(IaiProxyError):
    """An exchange could not be committed: the disk is full, the file was damaged or removed."""


class _AbandonedError(IaiProxyError):
    """Nothing more is to be written."""


class RecordingWriter:
    """Appends exchanges to one recording. Safe to call from any thread.

    Args:
        path: the recording.
        append: continue an existing recording; without it the file must not exist.
        known_secrets: values to be replaced wherever they occur, besides those that headers reveal.
        packs_beside: pack in a process of its own, in pauses of whoever appends, for callers that
            wait for each call; and leave to the next opening what can't be packed in a moment when
            it is closed. Else all is packed here, when it is closed at the latest.
        fsync: have each call on the disk, not only with the system, before it counts.
        labels: what it is labelled with, besides the labels that it has; values by key.
        origin: what a new recording takes over from that whose calls are copied into it.
        renews: make anew what an older version has stored of calls when it packed them.

    Raises:
        UsageError: the file exists and ``append`` is false, its folder can't be written, or it has
            another writer.
        InputError: the file to continue is not a recording, is damaged, or is newer than this
            program.
    """

    def __init__(
        self,
        path: Path,
        *,
        append: bool = False,
        known_secrets: Iterable[str] = (),
        packs_beside: bool = False,
        renews: bool = False,
        fsync: bool = False,
        labels: Mapping[str, str] | None = None,
        origin: Origin = NO_ORIGIN,
    ) -> None:
        self.path = path
        known_secrets = tuple(known_secrets)
        self._unsaid = Unsaid(known_secrets)
        self._jobs: queue.SimpleQueue[Work | Coming | Sign] = queue.SimpleQueue()
        self._failed = False
        self._packs_beside = packs_beside
        #: How many exchanges earlier writers have left to be packed.
        self.found_unpacked = 0
        #: How much room there was no time to give back, once it is closed.
        self.free_bytes = 0
        #: How many exchanges this writer has committed.
        self.committed = 0
        #: What someone else did to the file meanwhile, if anything.
        self.damage: str | None = None
        self._last_sign = time.monotonic()
        self._memory = UsedMemory()
        self._preparing = Preparing()
        self._under_way = 0  # large exchanges that are made ready
        self._is_ending = False
        self._closed = self._abandoned = False
        self._closing = threading.Lock()
        self._lock = WriterLock(path)
        self._lock.acquire()
        with contextlib.ExitStack() as undo:
            undo.callback(self._lock.release)
            self._witness = Witness(path)
            undo.callback(self._witness.close)
            self._connection = opening.open_for_writing(
                path,
                append=append,
                fsync=fsync,
                labels=labels or {},
                salt=origin.salt,
                begins=origin.begins,
            )
            undo.callback(closing.let_go, self._connection)
            self._lock.acquire_file()
            with plain_errors(path, to_write=True):
                self._witness.begin(self._connection)
                self._log_keeper = closing.keep_log(path)
            undo.callback(self._log_keeper.close)
            salt = opening.read_salt(self._connection, path)
            self._redactor = Redactor(salt, known_secrets)
            self._foreseen = Foreseen(self._redactor)
            self._committer = Committer(self._connection, self._witness)
            self._latest = opening.latest(self._connection, path)
            self._told = -1
            self._packing = self._new_packing(origin, beside=packs_beside, renews=renews)
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

    def record(self, exchange: Exchange, most: int = MOST_DECODED) -> Future[int]:
        """Queue an exchange as it travelled, like :meth:`append`; its bodies are decoded here.

        A large one is made ready in another process, and committed once it is: others that are
        queued after it may be committed before.

        Args:
            exchange: its bodies as they travelled.
            most: bytes that each may have, decoded; the future's error is caused by
                TooLargeError where one has more.
        """
        future = _begun()
        self._queue(CodedJob(exchange, most, future))
        return future

    def foresee(self, request: Request) -> None:
        """Have done while its answer is awaited what can be done with a request by then.

        Costs the caller nothing. The bytes of its body are to be those of the exchange.
        """
        self._unsaid.meet(request.target, request.headers)
        self._jobs.put(Coming(request))

    def hide(self, text: str) -> str:
        """Return a text as it may be printed: without the secrets of the calls seen so far."""
        return self._unsaid.hide(text)

    def check(self) -> Future[int]:
        """Return a future that raises RecordingFailedError if nothing can be committed now.

        Costs nothing as long as the last commit succeeded; afterwards it tries to write. A recorder
        checks before it lets a request go upstream, so that no answer is paid for that can't be
        kept.
        """
        self._last_sign = time.monotonic()
        if self._failed or self._closed:
            return self._submit(None)
        done: Future[int] = Future()
        done.set_result(0)
        return done

    def why_damaged(self) -> str:
        """Say what someone else did to the file, what that costs, and how to go on."""
        return (
            f"{self.path} is not what was written any more ({self.damage} by someone else): of the "
            f"{self._latest} calls in it some may be lost. Record into another file; `iai-proxy "
            f"verify {self.path} --salvage OUT` saves what is left"
        )

    @property
    def unpacked(self) -> int:
        """How many exchanges are not packed yet, once it is closed."""
        return self._packing.left

    @property
    def searched(self) -> tuple[int, int]:
        """How many calls were searched for secrets here, and how many held one, once closed."""
        return len(self._packing.sweep.searched), len(self._packing.sweep.replaced)

    def close(self) -> None:
        """Commit what is queued, pack, fold the log in, release the file. Idempotent."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._jobs.put(Sign.END)
        self._thread.join()

    def abandon(self) -> None:
        """Release the file soon, as it is. Idempotent; also if :meth:`close` was interrupted.

        What is queued is not committed: its futures raise :class:`RecordingFailedError`. Nothing is
        packed or folded in: this is for a new file that is to be thrown away.
        """
        self._abandoned = True
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _new_packing(self, origin: Origin, *, beside: bool, renews: bool) -> Packing:
        find = opening.find_outdated if renews else opening.find_unpacked
        waiting = find(self._connection, self.path)
        self.found_unpacked = len(waiting)
        with plain_errors(self.path, to_write=True):
            sweep = Sweep(self._connection, origin.unsearched)
        if not beside:
            return PackingHere(self._connection, self.path, waiting, sweep, self._over)
        opening.checkpoint_elsewhere(self._connection)

        def wake() -> None:
            self._jobs.put(Sign.TURN)

        return PackingBeside(self._connection, self.path, waiting, wake, sweep, self._over)

    @contextlib.contextmanager
    def _over(self) -> Iterator[None]:
        """Look before and after what packing writes, and let it write only while that is wanted."""
        if self._abandoned:
            raise _AbandonedError(f"{self.path} is abandoned")
        with self._witness.over():
            yield

    def _submit(self, make: Callable[[], Exchange] | None) -> Future[int]:
        future = _begun()
        self._queue(Job(make, future))
        return future

    def _queue(self, job: Job | CodedJob) -> None:
        with self._closing:
            if self._closed:
                job.future.set_exception(RecordingFailedError(f"{self.path} is closed"))
            else:
                self._jobs.put(job)

    # The writer's thread

    def _run(self) -> None:
        with contextlib.suppress(Exception):  # what prevents it is the failure of the first call
            self._redactor.prepare()
            self._tell_of_secrets(self._latest)
        while (group := self._next_group()) is not None:
            self._commit([made for job in group for made in self._make(job)])
            group = []  # bodies of any size, until the next call
        try:
            self._finish()
        except TamperedError as error:
            self.damage = str(error)
            self._packing.stop()
        except _AbandonedError:
            self._packing.stop()
            self._drop_queued()
        except (sqlite3.Error, IaiProxyError):
            pass  # what was committed is in the file or its log; the next opening folds it in
        finally:
            self._preparing.end()
            self._connection.close()
            self._log_keeper.close()
            self._witness.close()
            self._lock.release()

    def _finish(self) -> None:
        """Pack, and make one plain file, unless someone else has changed it."""
        with self._over():
            pass  # nothing may be touched that is not as it was, or not wanted
        self._packing.finish()
        with self._over():
            self._note_searched()
            self.free_bytes = free_room.give_back(self._connection, in_a_hurry=self._packs_beside)
        self._log_keeper.close()
        closing.fold_in(self._connection)

    def _tell_of_secrets(self, latest: int) -> None:
        """Have new secrets searched for in what is packed, and in calls up to a number again."""
        if self._told != self._redactor.keys_version:
            self._told = self._redactor.keys_version
            self._packing.sweep.know(self._redactor.keys, latest)

    def _note_searched(self) -> None:
        """Note how far calls were searched for secrets; leave no bytes of those that were found."""
        sweep = self._packing.sweep
        is_short = bytes_of(self.path) <= _MOST_WRITTEN_ANEW
        if sweep.stale and (is_short or not self._packs_beside):
            self._connection.execute("VACUUM")
            sweep.stale = False
        store_note(self._connection, sweep.note(self._packing.unsearched))

    def _next_group(self) -> list[Work] | None:
        """Wait for work, packing meanwhile; return all that has queued up, or None at the end."""
        first = self._next_job()
        if first is None:
            return None
        group = [first]
        while len(group) < _LARGEST_GROUP and not self._jobs.empty():
            job = self._jobs.get()
            if job is Sign.END:
                self._jobs.put(job)  # close() queues nothing after it
                break
            if isinstance(job, Work):
                group.append(job)
        return group

    def _next_job(self) -> Work | None:
        while not self._abandoned and (not self._is_ending or self._under_way):
            wait_s = self._turn() if self._jobs.empty() and not self._failed else None
            later_s = self._memory.turn() if self._jobs.empty() else None
            wait_s = later_s if wait_s is None else min(wait_s, later_s or wait_s)
            try:
                job = self._jobs.get(timeout=wait_s)
            except queue.Empty:
                continue
            if isinstance(job, Coming):
                self._look(job.request)
                del job
            elif job is Sign.END:
                self._is_ending = True
            elif isinstance(job, Work):
                return job
        return None

    def _look(self, request: Request) -> None:
        with contextlib.suppress(Exception):  # what prevents it is the failure of its call
            self._foreseen.look(request)

    def _turn(self) -> float | None:
        """Pack a little, if it is time."""
        try:
            self._witness.glance()  # SQLite must not even read an index that was cut short
            return self._packing.turn(time.monotonic() - self._last_sign)
        except TamperedError as error:
            self._failed, self.damage = True, str(error)
            return None
        except Exception:
            # It stays as it is, and the next opening packs it. Without this thread, whoever waits
            # for a call would wait for ever.
            return None

    def _drop_queued(self) -> None:
        while not self._jobs.empty():
            job = self._jobs.get()
            if isinstance(job, Work):
                self._make(job)

    def _make(self, job: Work) -> list[Made]:
        if self._abandoned:
            job.future.set_exception(RecordingFailedError(f"{self.path} is abandoned"))
            return []
        try:
            return self._made(job)
        except Exception as error:
            # A fault of ours with this one exchange must not stop the others.
            failure = RecordingFailedError(f"can't prepare a call for {self.path}: {_said(error)}")
            failure.__cause__ = error
            job.future.set_exception(failure)
            return []

    def _made(self, job: Work) -> list[Made]:
        """Return what is to be committed of a job now.

        Raises:
            Exception: it could not be made.
        """
        match job:
            case CodedJob(exchange, most, future):
                decoded = at_once(exchange, most)
                if decoded is not None:
                    return [Made(self._foreseen.ready(decoded), future)]
                self._prepare(job)
            case Job(make, future):
                return [Made(self._foreseen.ready(make()) if make else None, future)]
            case PreparedJob(found, future):
                self._under_way -= 1
                if isinstance(found, Exception):
                    raise found
                self._redactor.join(found.secrets, found.before)
                return [Made(found.ready, future)]
        return []

    def _prepare(self, job: CodedJob) -> None:
        """Have a large exchange made ready elsewhere."""
        future = job.future
        self._foreseen.forget(job.exchange.request)

        def then(found: Prepared | Exception) -> None:
            self._jobs.put(PreparedJob(found, future))

        self._preparing.start(job.exchange, job.most, self._redactor, then)
        self._under_way += 1

    def _commit(self, group: list[Made]) -> None:
        if not group:
            return
        before, written = self._committer.body_bytes, self._committer.written_bytes
        # Of those that are committed together, the first were not searched for what the last tell.
        self._tell_of_secrets(self._latest + (len(group) if len(group) > 1 else 0))
        try:
            numbers = self._committer.commit([made.ready for made in group])
        except Exception as error:
            # Whatever it is: a future that is never done would hang a client forever.
            if len(group) == 1:
                group[0].future.set_exception(self._failure(error))
                return
            for made in group:  # what can't be stored must not take the others with it
                self._commit([made])
            return
        self._failed = False
        self.damage = None
        self._last_sign = time.monotonic()
        stored = [number for number in numbers if number]
        self.committed += len(stored)
        self._latest = max([self._latest, *stored])
        for made, number in zip(group, numbers, strict=True):
            made.future.set_result(number)
        if stored:
            self._packing.add(stored, self._committer.written_bytes - written)
            self._memory.add(self._committer.body_bytes - before)

    def _failure(self, error: Exception) -> RecordingFailedError:
        if isinstance(error, TamperedError):
            self._failed = True
            self.damage = str(error)
            failure = RecordingFailedError(self.why_damaged())
        elif isinstance(error, sqlite3.Error):
            self._failed = True
            failure = RecordingFailedError(
                f"can't write {self.path} ({error}): recording goes on as soon as it can be "
                "written again, for instance when its disk has room"
            )
        else:
            failure = RecordingFailedError(f"can't store this call in {self.path}: {_said(error)}")
        failure.__cause__ = error
        return failure


def _said(error: Exception) -> str:
    """Say what is wrong with a call; not with which text, as there may be a key in it."""
    is_of_text = isinstance(error, UnicodeError)
    return f"{type(error).__name__}: a text can't be encoded" if is_of_text else repr(error)


def _begun() -> Future[int]:
    """Return a future that can't be cancelled: who hangs up undoes no call that is paid for."""
    future: Future[int] = Future()
    future.set_running_or_notify_cancel()
    return future
