"""One writer at a time, across processes."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from iai_proxy.errors import UsageError
from iai_proxy.recordings.connecting import connect


class WriterLock:
    """An advisory lock beside the recording. The operating system releases it if its holder dies.

    It can't be on the recording itself: closing any descriptor of a file drops the POSIX locks that
    SQLite holds on it in the same process.
    """

    def __init__(self, recording: Path) -> None:
        self._recording = recording
        self._path = recording.parent / f"{recording.name}-lock"
        # Taken by one thread, released by another.
        self._lock = FileLock(self._path, mode=0o600, thread_local=False)

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
            raise UsageError(
                f"{self._recording} is being written by another iai-proxy ({self._holder()}): "
                "stop that one first; two writers need two files"
            ) from None
        except OSError as error:
            raise UsageError(
                f"can't write in {folder} ({error.strerror or error}): choose another place with -o"
            ) from error

    def release(self) -> None:
        """Release the lock and delete its file.

        A waiter that has the file open notices that it was deleted.
        """
        with contextlib.suppress(OSError):
            self._path.unlink()
        self._lock.release()

    def _holder(self) -> str:
        return _writer_of(self._recording) or "unknown process"


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
