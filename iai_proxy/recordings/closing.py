"""Making one plain file of a recording when its writer ends."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path
from typing import Final

from iai_proxy.recordings.connecting import connect

#: How long a writer that ends waits for who looks into the file just then, and how often it tries.
_LOOKED_INTO_S: Final = 1.0
_TRIED_EVERY_S: Final = 0.02


def keep_log(path: Path) -> sqlite3.Connection:
    """Return a connection that keeps the log from being folded in when another is closed.

    SQLite does so when the last connection of a file is closed. While this one is open another is
    not the last, and it can't do it itself, as it only reads.

    Raises:
        sqlite3.Error: the file can't be read.
    """
    connection = connect(path, "ro")
    connection.execute("SELECT key FROM meta LIMIT 1").fetchone()  # now it has the file open
    return connection


def fold_in(connection: sqlite3.Connection) -> None:
    """Fold the write-ahead log in.

    Raises:
        sqlite3.Error: someone reads the file, or it can't be written; nothing of it is lost.
    """
    connection.execute("DELETE FROM meta WHERE key = 'writer'")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _remove_side_files(connection)


def let_go(connection: sqlite3.Connection) -> None:
    """Close a connection that writes no more, and make a plain file of it if no one reads it."""
    with contextlib.suppress(sqlite3.Error):  # someone reads it
        fold_in(connection)
    connection.close()


def _remove_side_files(connection: sqlite3.Connection) -> None:
    """Make a plain file of it, which can be copied alone and read from a read-only folder.

    That fails, harmlessly, while someone has it open; who only looks in soon lets go of it.
    """
    until = time.monotonic() + _LOOKED_INTO_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError:  # locked, which SQLite does not wait for here
            if time.monotonic() > until:
                raise
            time.sleep(_TRIED_EVERY_S)
        else:
            return
