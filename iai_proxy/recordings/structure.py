"""Whether the tables that list a recording's calls are sound: no row can have gone unnoticed.

A checksum tells of a row that is there. That all are there is told by SQLite's own check of a
table's pages, which accounts for each of their bytes and for the order of the rows, and by what
must be equal. It reads no bodies: 10,000 calls take some ten milliseconds.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from iai_proxy.recordings.connecting import DamagedRowError

_CHECKED: Final = ("exchange", "meta")
_COUNT: Final = "SELECT count(*), coalesce(min(id), 1), coalesce(max(id), 0) FROM exchange"
_LAST_PACKED: Final = "SELECT coalesce(max(exchange), 0) FROM request_key"


def require_sound(connection: sqlite3.Connection) -> None:
    """Make sure that the calls of a recording are all there.

    Raises:
        DamagedRowError: they are not.
        sqlite3.Error: the file can't be read.
    """
    for table in _CHECKED:
        (found,) = connection.execute(f"PRAGMA integrity_check({table})").fetchone()
        if found != "ok":
            raise DamagedRowError(" ".join(found.split()))
    connection.execute("BEGIN")  # of one moment: calls may be written meanwhile
    try:
        count, first, last = connection.execute(_COUNT).fetchone()
        (last_packed,) = connection.execute(_LAST_PACKED).fetchone()
    finally:
        connection.execute("COMMIT")
    if (count, first) != (last, 1) or last < last_packed:
        raise DamagedRowError(f"of {max(last, last_packed)} calls, {count} are there")
