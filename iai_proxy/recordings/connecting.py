"""Connections to a recording's file, and SQLite's errors in plain sentences."""

from __future__ import annotations

import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from iai_proxy.errors import InputError, UsageError
from iai_proxy.recordings.guarding import GuardedConnection
from iai_proxy.text import printable

#: What SQLite says of a statement that took too many steps.
_BROKEN_OFF: Final = "interrupted"


#: What Python says of text in the file that is none.
_NOT_TEXT: Final = "Could not decode to UTF-8"


class DamagedRowError(Exception):
    """A row holds what no writer put there."""


def connect(path: Path, mode: Literal["ro", "rw"], *, damaged: bool = False) -> GuardedConnection:
    """Open an existing file; it may be used by several threads in turn.

    Its name may hold anything, also ``?``, ``#`` and bytes that are not UTF-8. Whatever it holds is
    data; see :mod:`iai_proxy.recordings.guarding`.

    Args:
        path: the file.
        mode: whether it may be written.
        damaged: open it even if it lacks pages; only to be read.

    Raises:
        sqlite3.Error: it can't be opened.
    """
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}"
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, factory=GuardedConnection
    )
    try:
        connection.guard(path, mode, damaged=damaged)
    except BaseException:
        connection.close()
        raise
    return connection


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Copy the write-ahead log into the file without holding up anyone.

    Returns:
        Whether all of it is in the file, so that the next commit begins the log anew if no one
        reads what is in it.

    Raises:
        sqlite3.Error: it can't be written.
    """
    busy, pages, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return not busy and pages == copied


def begin_log_anew(connection: sqlite3.Connection) -> bool:
    """Copy the rest of the write-ahead log into the file, and begin the log anew, without waiting.

    Returns:
        Whether it begins anew: not while anyone reads what is in it.

    Raises:
        sqlite3.Error: it can't be written.
    """
    (patience_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
    except sqlite3.OperationalError:  # someone else writes, or folds it in
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience_ms}")
    return not busy


@contextmanager
def plain_errors(path: Path, *, to_write: bool = False, name_verify: bool = True) -> Iterator[None]:
    """Turn errors of SQLite and the file system into our own.

    Args:
        path: the recording.
        to_write: whether it is opened for writing, where another file helps.
        name_verify: point at ``iai-proxy verify``, unless that is what runs.

    Raises:
        UsageError: it can't be written.
        InputError: it can't be read, is damaged, or is not a recording.
    """
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        if _NOT_TEXT in str(error):
            raise _damaged(path, error, to_write, name_verify) from error
        if str(error) == _BROKEN_OFF:
            raise _endless(path, name_verify=name_verify) from error
        if to_write:
            message = f"can't write {path} ({error}): choose another place with -o"
            raise UsageError(message) from error
        raise InputError(f"{path} can't be read: {error}") from error
    except (sqlite3.Error, DamagedRowError, UnicodeDecodeError) as error:
        # UnicodeDecodeError: SQLite names what is damaged in its own bytes.
        if "not a database" in str(error):
            raise InputError(f"{path} is not a recording{_instead(path, str(error))}") from error
        raise _damaged(path, error, to_write, name_verify) from error


def _damaged(path: Path, error: Exception, to_write: bool, name_verify: bool) -> InputError:
    hint = " and can't be continued" if to_write else ""
    hint += f"; `iai-proxy verify {path}` says what is whole" if name_verify else ""
    return InputError(f"{path} is damaged ({printable(str(error))}){hint}")


def _endless(path: Path, *, name_verify: bool) -> InputError:
    hint = f"; `iai-proxy verify {path}` says what is whole" if name_verify else ""
    return InputError(
        f"{path} is damaged (reading it takes more steps than a file of its size can){hint}"
    )


def _instead(path: Path, error: str) -> str:
    """Say what to do with a file that is no recording, as far as its first characters tell."""
    try:
        with path.open("rb") as stream:
            begin = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError:
        begin = b""
    if begin[:1] not in {b"{", b"["}:
        return f" ({error})"
    command = shlex.join(["iai-proxy", "import", str(path), "-o", f"{path.stem}.iairec"])
    return f" but JSON: if it is a debug log, `{command}` makes one of it"
