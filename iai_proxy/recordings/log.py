"""How full the write-ahead log is, and folding it in (a checkpoint): no commit should do that."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from iai_proxy.recordings.connecting import begin_log_anew, checkpoint, connect
from iai_proxy.recordings.files import log_of

#: From how many bytes on the log is folded in in a pause ...
_IN_PAUSE: Final = 16_000_000
#: ... and, if the client never pauses, between its calls. Less than one call of 100 agents in fifty
#: is held up then.
_MOST: Final = 64_000_000
#: What is committed while the log is folded in keeps it from beginning anew. So little of it is
#: folded in by the writer itself ...
_REST: Final = 8_000_000
#: ... and after so many attempts any rest is.
_MOST_ATTEMPTS: Final = 4
#: From so many bytes on the next commit waits until it is folded in: it grows no more, unless a
#: reader stays in the way.
_FULL: Final = 256_000_000
#: How soon is tried again what a reader was in the way of: readers look in for some milliseconds.
_AGAIN_S: Final = 0.02


class Log:
    """The write-ahead log of a recording that is being written.

    Its size does not tell how full it is: it begins anew in the same file. It is folded in by a
    thread, which holds no lock of Python's or SQLite's that a commit needs. A process with a low
    priority could hold up all who fold it in for as long as it is not its turn.

    Args:
        connection: of the writer.
        path: the recording.
        wake: called, on another thread, when it is time for :meth:`turn`.
        full: from how many bytes on commits wait.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        wake: Callable[[], None],
        full: int = _FULL,
    ) -> None:
        self._connection = connection
        self._path = path
        self._wake = wake
        self._file = log_of(path)
        self._full = full
        self._unmeasured = 0
        self._bytes = 0  # roughly
        self._bytes_when_begun = 0
        self._attempts = 0
        self._folding: threading.Thread | None = None
        self._is_done = False
        self._is_complete = False
        self._again_at = 0.0
        self._limit = _MOST
        # When it begins anew, what is more of its file is given back.
        connection.execute(f"PRAGMA journal_size_limit = {_MOST}")

    def add(self, size: int) -> None:
        """Take note of so many bytes that were committed; have it folded in if it is full.

        A busy disk takes long to fold it in, and clients that never pause fill it meanwhile.
        """
        self._bytes += size
        self._unmeasured += size
        if self._unmeasured >= min(_REST, self._full):
            self._unmeasured = 0
            if self._file_size() > self._full:
                self._make_room()

    @property
    def waits_for_pause(self) -> bool:
        """Whether it is to be folded in in the next pause."""
        return self._folding is None and self._is_due(in_pause=True)

    @property
    def wants_no_reader(self) -> bool:
        """Whether it is about to begin anew, which it can't while anyone reads what is in it."""
        return self._attempts > 0

    def turn(self, *, in_pause: bool) -> None:
        """Have it folded in, if it is time."""
        if self._folding and not self._is_done:
            return
        self.end()
        if self._is_due(in_pause=in_pause):
            if in_pause or not self._is_nearly_folded_in:
                self._begin(_IN_PAUSE if in_pause else _MOST)
            else:
                self._fold_in_rest()

    def end(self) -> None:
        """Wait until it is folded in, if that has begun."""
        if self._folding:
            self._folding.join()
            self._folding = None
            if not self._is_complete:
                self._put_off()
            elif self._bytes == self._bytes_when_begun:
                self._begin_anew()

    def _file_size(self) -> int:
        """How large its file is: no less than what is in it, and less again when it begins anew."""
        try:
            return self._file.stat().st_size
        except OSError:
            return 0

    def _make_room(self) -> None:
        self.end()
        with suppress(sqlite3.Error):  # tried again before long
            if begin_log_anew(self._connection):
                self._begin_anew()

    def stop(self) -> None:
        """Wait for what has begun, and do nothing more."""
        if self._folding:
            self._folding.join()
            self._folding = None

    def _is_due(self, *, in_pause: bool) -> bool:
        return self._bytes >= (_IN_PAUSE if in_pause else _MOST)

    @property
    def _is_nearly_folded_in(self) -> bool:
        rest = self._bytes - self._bytes_when_begun
        return self._attempts > 0 and (rest <= _REST or self._attempts >= _MOST_ATTEMPTS)

    def _begin(self, limit: int) -> None:
        self._limit = limit
        self._bytes_when_begun = self._bytes
        self._attempts += 1
        self._is_done = False
        self._folding = threading.Thread(target=self._fold_in, name="iai-proxy-log", daemon=True)
        self._folding.start()

    def _fold_in(self) -> None:
        self._is_complete = False
        with suppress(sqlite3.Error), closing(connect(self._path, "rw")) as connection:
            self._is_complete = checkpoint(connection)
        self._is_done = True
        self._wake()

    def _fold_in_rest(self) -> None:
        if time.monotonic() < self._again_at:
            return
        is_begun_anew = False
        with suppress(sqlite3.Error):
            is_begun_anew = begin_log_anew(self._connection)
        if is_begun_anew:
            self._begin_anew()
        elif self._bytes - self._bytes_when_begun > _REST:
            self._put_off()
        else:
            self._again_at = time.monotonic() + _AGAIN_S

    def _put_off(self) -> None:
        """Begin all over again a little later: a reader stays in the way."""
        self._bytes = self._bytes_when_begun = self._limit - _REST
        self._attempts = 0

    def _begin_anew(self) -> None:
        self._bytes = self._bytes_when_begun = self._attempts = 0
