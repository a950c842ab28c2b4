"""Making one plain file of a recording when its writer ends."""

from __future__ import annotations

import math
import sqlite3
import time
from typing import Final

#: How long room that packing freed is given back where someone waits for it, and how much of it at
#: a time, in pages.
_GIVE_BACK_S: Final = 0.1
_PAGES_AT_A_TIME: Final = 512
#: How long a writer that ends waits for who looks into the file just then, and how often it tries.
_LOOKED_INTO_S: Final = 1.0
_TRIED_EVERY_S: Final = 0.02


def fold_in(connection: sqlite3.Connection, *, in_a_hurry: bool) -> None:
    """Fold the write-ahead log in, and give back what room is free, if in a hurry not all of it.

    Raises:
        sqlite3.Error: someone reads the file, or it can't be written; nothing of it is lost.
    """
    connection.execute("DELETE FROM meta WHERE key = 'writer'")
    _give_back_room(connection, _GIVE_BACK_S if in_a_hurry else math.inf)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _remove_side_files(connection)


def _give_back_room(connection: sqlite3.Connection, seconds: float) -> None:
    """Move the last pages into those that are free, as far as there is time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        if not free:
            return
        # execute() would free a single page.
        connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_A_TIME});")


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
