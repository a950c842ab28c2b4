"""Giving back the room in the file that packing has freed."""

from __future__ import annotations

import math
import sqlite3
import time
from typing import Final

#: How much is given back at a time, in pages: of 8192 bytes, that takes about a millisecond.
_PAGES_AT_A_TIME: Final = 64
#: So many pages (64 MB) are given back when a recording is closed, however long that takes.
_PAGES_IN_ANY_CASE: Final = 8192
#: How long the rest is given back where someone waits for it.
_GIVE_BACK_S: Final = 0.1


def free_bytes(connection: sqlite3.Connection) -> int:
    """Return how much of the file holds nothing."""
    (pages,) = connection.execute("PRAGMA freelist_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages * page_size)


def give_back_a_little(connection: sqlite3.Connection) -> int:
    """Move a few of the last pages into free ones; return how many bytes shorter the file gets.

    Raises:
        sqlite3.Error: it can't be written; nothing is lost.
    """
    before = free_bytes(connection)
    if before:
        # execute() would free a single page.
        connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_A_TIME});")
    return before - free_bytes(connection)


def give_back(connection: sqlite3.Connection, *, in_a_hurry: bool) -> int:
    """Give back what room is free, and return how many bytes of it are left.

    Args:
        connection: of the writer.
        in_a_hurry: whether someone waits for it: then much of it may be left.

    Raises:
        sqlite3.Error: it can't be written; nothing is lost.
    """
    until = time.monotonic() + (_GIVE_BACK_S if in_a_hurry else math.inf)
    slices = 0
    while slices * _PAGES_AT_A_TIME < _PAGES_IN_ANY_CASE or time.monotonic() < until:
        if not give_back_a_little(connection):
            break
        slices += 1
    return free_bytes(connection)
