"""Which stored calls are to be searched for secrets once more, and what the file says of that.

A key may be learnt after calls that hold it. What an older version recorded, or a recorder that was
killed, was not searched for everything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from iai_proxy.api.marks import MARK
from iai_proxy.recordings.queries import insert, with_checksum

#: The name of the note among what is derived, and the version of what is searched for.
SEARCHED: Final = "searched"
SEARCH_VERSION: Final = 1
_BARE_MARK: Final = b"[redacted]"


class Note(NamedTuple):
    """What is known of how far a recording was searched.

    Attributes:
        calls: up to which number calls were searched for what has a secret name.
        keys: the marks of the keys that they were searched for.
        left: the marks of keys that were learnt later, and for which some were not.
        stale: whether pages may still hold what was replaced: the file is to be written anew.
    """

    calls: int = 0
    keys: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    stale: bool = False


def read_note(connection: sqlite3.Connection) -> Note:
    """Return what was noted; an empty note where that is missing or damaged.

    Raises:
        sqlite3.Error: it can't be read.
    """
    query = "SELECT calls, data FROM derived WHERE name = ? AND version = ?"
    try:
        row = connection.execute(query, (SEARCHED, SEARCH_VERSION)).fetchone()
    except sqlite3.OperationalError:  # an old format has no such table
        return Note()
    try:
        calls, told = int(row[0]), orjson.loads(row[1])
        return Note(calls, frozenset(told["keys"]), frozenset(told["left"]), bool(told["stale"]))
    except (TypeError, ValueError, KeyError):
        return Note()


def store_note(connection: sqlite3.Connection, note: Note) -> None:
    """Note how far a recording was searched.

    Raises:
        sqlite3.Error: it can't be written.
    """
    told: dict[str, Any] = {
        "keys": sorted(note.keys),
        "left": sorted(note.left),
        "stale": note.stale,
    }
    connection.execute(
        insert("derived", "INSERT OR REPLACE"),
        with_checksum("derived", SEARCHED, SEARCH_VERSION, note.calls, orjson.dumps(told)),
    )


class Sweep:
    """Knows which calls are to be searched once more.

    Args:
        connection: of the writer.

    Attributes:
        marks: what is searched for, each with what replaces it.
        stale: whether a secret was in the file.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._noted = read_note(connection)
        self._latest = _latest(connection)
        self._next = self._noted.calls + 1
        self._until = self._latest
        # Earlier recorders left calls that they did not search for all they knew.
        self._unknown = self._marks_of_old() if self.is_due else frozenset()
        self._are_old_searched = not self.is_due
        self._keys: set[str] = set()
        self.marks: dict[str, bytes] = {}
        self.stale = self._noted.stale

    def know(self, marks: Mapping[str, bytes], latest: int) -> None:
        """Search for these secrets from now on.

        What is no key, such as a cookie, is searched for in what comes later only.

        Args:
            marks: of all that is searched for.
            latest: the number of the last call that was committed.
        """
        keys = {mark.decode() for mark in marks.values() if mark != _BARE_MARK}
        new = keys - self._keys
        first = 1 if new - self._noted.keys else self._latest + 1
        if new and first <= latest:
            self._next = min(self._next, first) if self.is_due else first
            self._until = latest
        self._keys |= keys
        self.marks = dict(marks)

    @property
    def is_due(self) -> bool:
        """Whether there are calls to be searched once more."""
        return self._next <= self._until

    def take(self, most: int) -> list[int]:
        """Return the numbers of the next calls to be searched."""
        query = "SELECT id FROM exchange WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"
        found = self._connection.execute(query, (self._next, self._until, most)).fetchall()
        numbers = [number for (number,) in found]
        self._next = numbers[-1] + 1 if numbers else self._until + 1
        self._are_old_searched |= not self.is_due
        return numbers

    def put_back(self, numbers: Sequence[int]) -> None:
        """Take numbers again later: those calls could not be searched."""
        if numbers:
            self._next = min(self._next, *numbers)

    def note(self) -> Note:
        """Return what is to be noted."""
        calls = _latest(self._connection) if self._are_old_searched else self._noted.calls
        late = frozenset(self._keys) - self._noted.keys
        unknown = self._unknown - self._keys
        keys, left = self._noted.keys - unknown, self._noted.left | unknown
        if self.is_due:
            return Note(calls, keys, left | late, self.stale)
        return Note(calls, keys | self._keys, left - self._keys, self.stale)

    def _marks_of_old(self) -> frozenset[str]:
        """Return the marks in the headers of calls that may not have been searched for all keys."""
        query = "SELECT DISTINCT request_headers FROM exchange WHERE id > ?"
        found = self._connection.execute(query, (self._noted.calls,))
        return frozenset(
            mark.decode()
            for (headers,) in found
            for mark in MARK.findall(str(headers).encode("utf-8", "replace"))
            if mark != _BARE_MARK
        )


def _latest(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute("SELECT max(id) FROM exchange").fetchone()
    return number or 0
