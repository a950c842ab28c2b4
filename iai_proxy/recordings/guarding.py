"""What an open recording may do: hold data. A file that a stranger made is no program of theirs.

This is SQLite's own advice for files that are not trusted (sqlite.org/security.html). That a file
has our tables and nothing else is made sure of by
:func:`iai_proxy.recordings.schema.check_format`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final, Literal

from iai_proxy.recordings.files import bytes_of

#: How often steps of a statement are counted: some ten milliseconds.
_COUNTED: Final = 1_000_000
#: What a statement may take. The check of a whole file of small calls takes 0.12 steps a byte, all
#: else less.
_LEAST_STEPS: Final = 20_000_000
_STEPS_PER_BYTE: Final = 1

#: None of our statements comes near these. VACUUM attaches one file.
_LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 50_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 10,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 25_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 1,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
}
#: A recording has none of it anyway.
_SWITCHES: Final = {"DEFENSIVE": True, "ENABLE_TRIGGER": False, "ENABLE_VIEW": False}


class GuardedConnection(sqlite3.Connection):
    """A connection whose statements end: each may take as many steps as a file of that size needs.

    Steps are counted from the latest statement on: one that yields rows may go on for as long as
    there are rows.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._steps: _Steps | None = None
        #: How many statements have failed.
        self.failures = 0

    def guard(self, path: Path, mode: Literal["ro", "rw"], *, damaged: bool) -> None:
        """Let the file be nothing but data.

        Args:
            path: the file.
            mode: how it was opened.
            damaged: read it even if it lacks pages.
        """
        for limit, most in _LIMITS.items():
            self.setlimit(limit, most)
        self._steps = _Steps(path)
        self.set_progress_handler(self._steps.are_too_many, _COUNTED)
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
            super().execute(f"PRAGMA {pragma}")
        if damaged:  # changes nothing, but SQLite then opens a file that lacks pages
            super().execute("PRAGMA writable_schema = ON")
        else:
            self._defend()
        if mode == "ro":
            super().execute("PRAGMA query_only = ON")

    def _defend(self) -> None:
        """Have SQLite refuse what could make a file run anything; Python can from 3.12 on."""
        if hasattr(self, "setconfig"):
            for name, on in _SWITCHES.items():
                self.setconfig(getattr(sqlite3, f"SQLITE_DBCONFIG_{name}"), on)

    def execute(self, *given: Any) -> sqlite3.Cursor:
        """Execute a statement. Its steps are counted from now on."""
        if self._steps is not None:
            self._steps.taken = 0
        try:
            return super().execute(*given)
        except sqlite3.Error:
            self.failures += 1
            raise


class _Steps:
    """Counts steps, in units of :data:`_COUNTED`. Knows no connection, which would keep itself."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self.taken = 0

    def are_too_many(self) -> bool:
        """Take a million steps more into account; SQLite breaks off if that is too many."""
        self.taken += _COUNTED
        if self.taken <= _LEAST_STEPS:
            return False
        return self.taken > _LEAST_STEPS + _STEPS_PER_BYTE * self._bytes()

    def _bytes(self) -> int:
        try:
            return bytes_of(self._path)
        except OSError:
            return 0
