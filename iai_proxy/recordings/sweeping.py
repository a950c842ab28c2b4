"""Which stored calls are to be searched for secrets once more, and what the file says of that.

A key may be learnt after calls that hold it. What an older version recorded, or a recorder that was
killed, was not searched for everything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from iai_proxy.api.marks import MARK
from iai_proxy.recordings.connecting import connect, plain_errors
from iai_proxy.recordings.queries import insert, with_checksum
from iai_proxy.text import plural

#: The name of the note among what is derived, and the version of what is searched for.
SEARCHED: Final = "searched"
SEARCH_VERSION: Final = 1
_BARE_MARK: Final = b"[redacted]"
#: Of so many keys those that were learnt last are searched for.
_MOST_KEYS: Final = 256


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


def what_is_unsearched(path: Path) -> list[str]:
    """Say what of a recording was not searched for all secrets; nothing where all was.

    Raises:
        InputError: it can't be read.
    """
    with plain_errors(path), closing(connect(path, "ro")) as connection:
        note, latest = read_note(connection), _latest(connection)
    said = []
    if note.calls < latest:
        calls = (
            f"calls {note.calls + 1} to {latest}" if note.calls + 1 < latest else f"call {latest}"
        )
        said.append(
            f"{calls}: searched for keys in their usual forms only, as the recorder had no time or "
            "was an older one"
        )
    if note.left:
        said.append(f"some calls: not searched for {_keys(sorted(note.left))}")
    if note.stale:
        said.append("unused parts of the file may hold secrets that were replaced")
    return said


def unsearched_keys(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the marks of the keys that not all calls of an open recording were searched for.

    Raises:
        sqlite3.Error: it can't be read.
    """
    note = read_note(connection)
    return note.left | _marks_after(connection, note.calls)


class Sweep:
    """Knows which calls are to be searched once more, and for what.

    They are searched in passes, each for all keys that were learnt until it began.

    Args:
        connection: of the writer.
        unsearched: the marks of keys that calls were not searched for which are copied there.

    Attributes:
        marks: what calls are searched for that are packed for the first time: keys, each with what
            replaces it.
        wanted: what those are searched for that are searched once more.
        stale: whether a secret was in the file.
        searched: the numbers of calls that were searched, and
        replaced: of those that held a secret, as far as this process searches.
    """

    def __init__(
        self, connection: sqlite3.Connection, unsearched: frozenset[str] = frozenset()
    ) -> None:
        self._connection = connection
        self._noted = read_note(connection)
        self._latest = _latest(connection)
        self._unknown = unsearched | _marks_after(connection, self._noted.calls)
        # The next pass. The first is over what earlier recorders left.
        self._owed: dict[str, bytes] = {}
        self._first, self._last = self._noted.calls + 1, self._latest
        # This pass.
        self._next, self._until = 1, 0
        self.marks: dict[str, bytes] = {}
        self.wanted: dict[str, bytes] = {}
        self.stale = self._noted.stale
        self.searched: set[int] = set()
        self.replaced: set[int] = set()

    def know(self, marks: Mapping[str, bytes], latest: int) -> None:
        """Search for these keys too from now on.

        Args:
            marks: of keys.
            latest: the number of the last call that was committed.
        """
        new = {key: mark for key, mark in marks.items() if key not in self.marks}
        # What waits to be searched may hold those that the recorder itself looks for no more.
        # Those that are still sent come last.
        together = {key: mark for key, mark in self.marks.items() if key not in marks} | dict(marks)
        self.marks = dict(list(together.items())[-_MOST_KEYS:])
        if not new:
            return
        are_noted = all(mark.decode() in self._noted.keys for mark in new.values())
        first = self._latest + 1 if are_noted else 1
        self._owed.update(new)
        self._first = min(self._first, first) if self._is_owed else first
        self._last = max(self._last, latest)

    @property
    def is_due(self) -> bool:
        """Whether there are calls to be searched once more."""
        return self._next <= self._until or self._is_owed

    @property
    def _is_owed(self) -> bool:
        return self._first <= self._last

    def take(self, most: int) -> list[int]:
        """Return the numbers of the next calls to be searched, for what is :attr:`wanted`."""
        if self._next > self._until:
            self._begin()
        query = "SELECT id FROM exchange WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"
        found = self._connection.execute(query, (self._next, self._until, most)).fetchall()
        numbers = [number for (number,) in found]
        self._next = numbers[-1] + 1 if numbers else self._until + 1
        return numbers

    def _begin(self) -> None:
        self.wanted, self._owed = self._owed, {}
        self._next, self._until = self._first, self._last
        self._first = self._last + 1

    def put_back(self, numbers: Sequence[int]) -> None:
        """Take numbers again later: those calls could not be searched."""
        if numbers:
            self._next = min(self._next, *numbers)

    def note(self, unsearched: Sequence[int] = ()) -> Note:
        """Return what is to be noted.

        Args:
            unsearched: calls that were neither packed nor searched.
        """
        late = {**(self.wanted if self._next <= self._until else {}), **self._owed}
        left = {mark.decode() for mark in late.values()} if self.is_due else set()
        keys = {mark.decode() for mark in self.marks.values()}
        calls = min((number - 1 for number in unsearched), default=_latest(self._connection))
        if self.is_due and self._latest > self._noted.calls:
            calls = min(calls, self._noted.calls)
        left |= self._unknown - keys
        return Note(
            calls, (self._noted.keys | keys) - left, (self._noted.left - keys) | left, self.stale
        )


def _marks_after(connection: sqlite3.Connection, number: int) -> frozenset[str]:
    """Return the marks in the headers of calls that may not have been searched for all keys."""
    query = "SELECT DISTINCT request_headers FROM exchange WHERE id > ?"
    return frozenset(
        mark.decode()
        for (headers,) in connection.execute(query, (number,))
        for mark in MARK.findall(str(headers).encode("utf-8", "replace"))
        if mark != _BARE_MARK
    )


def _keys(marks: Sequence[str]) -> str:
    if len(marks) == 1:
        return f"the key {marks[0]}"
    return f"{plural(len(marks), 'key')} that came after them ({marks[0]} and others)"


def _latest(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute("SELECT max(id) FROM exchange").fetchone()
    return number or 0
