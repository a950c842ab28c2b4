"""How full the write-ahead log is, and when to fold it in: no commit should do that."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Final

from iai_proxy.recordings.connecting import checkpoint

#: From how many bytes on the log is folded in in a pause ...
_IN_PAUSE: Final = 16_000_000
#: ... and, if the client never pauses, between its calls.
_MOST: Final = 64_000_000
#: What is committed while the log is folded in keeps it from beginning anew. So little of it is
#: folded in by the writer itself ...
_REST: Final = 8_000_000
#: ... and after so many attempts any rest is.
_MOST_ATTEMPTS: Final = 4


class Log:
    """The write-ahead log of a recording that is being written.

    Its size does not tell how full it is: it begins anew in the same file.

    Args:
        connection: of the writer.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._bytes = 0  # roughly
        self._bytes_when_asked = 0
        self._attempts = 0

    def add(self, size: int) -> None:
        """Take note of so many bytes that were committed."""
        self._bytes += size

    def is_due(self, *, in_pause: bool) -> bool:
        """Whether it should be folded in."""
        return self._bytes >= (_IN_PAUSE if in_pause else _MOST)

    @property
    def is_nearly_folded_in(self) -> bool:
        """Whether another process has done so but for what was committed meanwhile."""
        rest = self._bytes - self._bytes_when_asked
        return self._attempts > 0 and (rest <= _REST or self._attempts >= _MOST_ATTEMPTS)

    def asked(self) -> None:
        """Take note that another process was asked to fold it in."""
        self._bytes_when_asked = self._bytes
        self._attempts += 1

    def folded_in(self, *, complete: bool) -> None:
        """Take note that it was; ``complete`` says whether a reader was not in the way."""
        if self._bytes == self._bytes_when_asked or not complete:
            self._begin_anew()

    def fold_in(self) -> None:
        """Fold it in. Where that fails, as with a reader in the way, it is tried again later."""
        with suppress(sqlite3.Error):
            checkpoint(self._connection)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._bytes = self._bytes_when_asked = self._attempts = 0
