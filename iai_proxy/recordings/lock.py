"""One writer at a time, across processes."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path
from typing import Final

import psutil
from filelock import FileLock, Timeout

from iai_proxy.errors import UsageError
from iai_proxy.recordings.connecting import connect
from iai_proxy.recordings.descriptors import close_beside, open_beside
from iai_proxy.recordings.holders import holder_of

try:
    import fcntl
except ImportError:  # Windows, where the lock beside the recording has to do
    fcntl = None  # type: ignore[assignment]

_INSTEAD: Final = "stop that one first; two writers need two files"


class WriterLock:
    """Advisory locks, which the operating system releases if their holder dies.

    One is a file beside the recording. A file may have several names, though (hard links, bind
    mounts, a file system that does not tell cases apart), so there is one on the recording itself
    where the system has such that are not SQLite's own: those are of the process and the byte
    range, and closing any descriptor of the file drops them (:mod:`descriptors`).

    Args:
        recording: whose writer there is to be one of.
        instead: what to do while there is another, for messages.
    """

    def __init__(self, recording: Path, instead: str = _INSTEAD) -> None:
        self._recording = recording
        self._instead = instead
        self._path = recording.parent / f"{recording.name}-lock"
        # Taken by one thread, released by another.
        self._lock = FileLock(self._path, mode=0o600, thread_local=False)
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock without waiting.

        Raises:
            UsageError: another writer has it, or the folder can't be written.
        """
        folder = self._recording.parent
        try:
            if not folder.is_dir():
                raise UsageError(
                    f"can't write {self._recording}: there is no folder {folder}; "
                    "make it, or choose another place with -o"
                )
            self._lock.acquire(timeout=0)
        except Timeout:
            raise self._refusal() from None
        except OSError as error:
            raise UsageError(
                f"can't write in {folder} ({error.strerror or error}): choose another place with -o"
            ) from error
        if self._recording.is_file():
            try:
                self.acquire_file()
            except BaseException:
                self.release()
                raise

    def acquire_file(self) -> None:
        """Take the lock on the recording itself, unless we have it. It has to be there.

        Raises:
            UsageError: another writer has it.
        """
        if fcntl is None or self._descriptor is not None:
            return
        try:
            descriptor = open_beside(self._recording)
        except OSError:
            return  # opening it for writing says why
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            close_beside(descriptor)
            raise self._refusal() from None
        except OSError:  # the file system has no such locks
            close_beside(descriptor)
            return
        self._descriptor = descriptor

    def release(self) -> None:
        """Release the lock and delete its file. SQLite must have closed the recording.

        A waiter that has the file open notices that it was deleted.
        """
        if fcntl is not None and self._descriptor is not None:
            with contextlib.suppress(OSError):
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            close_beside(self._descriptor)
            self._descriptor = None
        if self._lock.is_locked:
            with contextlib.suppress(OSError):
                self._path.unlink()
        self._lock.release()

    def _refusal(self) -> UsageError:
        holder = holder_of(self._recording) or _writer_of(self._recording) or "unknown process"
        return UsageError(
            f"{self._recording} is being written by another iai-proxy ({holder}): {self._instead}"
        )


def is_being_written(recording: Path) -> bool:
    """Return whether a process that still runs writes a recording, without disturbing it.

    Trying the lock would hold it for a moment, in which a writer could be refused.
    """
    if not (recording.parent / f"{recording.name}-lock").exists():
        return False
    found = re.fullmatch(r"process (\d+)", _writer_of(recording) or "")
    return found is not None and psutil.pid_exists(int(found[1]))


def _writer_of(recording: Path) -> str | None:
    """Return who writes, as the recording says."""
    try:
        with contextlib.closing(connect(recording, "ro")) as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'writer'").fetchone()
    except sqlite3.Error:
        row = None
    return str(row[0]) if row else None
