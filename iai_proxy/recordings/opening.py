"""Opening a recording for writing: making a new one, or continuing one that is whole and ours."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import orjson

from iai_proxy import __version__
from iai_proxy.api import KEY_VERSION, Endpoint
from iai_proxy.errors import InputError, UsageError
from iai_proxy.input_files import refuse_special
from iai_proxy.lineage import OBSERVATION_VERSION
from iai_proxy.private_files import private
from iai_proxy.recordings import schema
from iai_proxy.recordings.closing import let_go
from iai_proxy.recordings.connecting import connect, plain_errors
from iai_proxy.recordings.files import has_log, refuse_emptied, refuse_link
from iai_proxy.recordings.guarding import GuardedConnection
from iai_proxy.recordings.labels import store_labels
from iai_proxy.recordings.queries import insert, with_checksum
from iai_proxy.recordings.reader import CUT_OFF, Recording
from iai_proxy.recordings.wholeness import require_whole

#: Larger pages make faster commits, smaller ones smaller files: of 4096 bytes, a commit takes 1.4
#: times as long as of 8192; of 16384, a file is 5 % larger.
_PAGE_SIZE: Final = 8192
#: The write-ahead log is folded in while idle. This bounds it (in pages, 64 MB) if there is
#: never an idle moment ...
_CHECKPOINT_PAGES: Final = 8192
#: ... and this (256 MB) if a process of its own should do so.
_CHECKPOINT_PAGES_AT_LAST: Final = 32768
_NO_LABELS: Final[Mapping[str, str]] = {}


def open_for_writing(
    path: Path,
    *,
    append: bool,
    fsync: bool = False,
    labels: Mapping[str, str] = _NO_LABELS,
    salt: bytes | None = None,
    begins: Collection[int] = (),
) -> GuardedConnection:
    """Return a connection to a new recording, or to an existing one that is to be continued.

    Args:
        path: the recording.
        append: whether it may exist.
        fsync: whether what is committed is to survive a power cut.
        labels: what it is labelled with, besides the labels that it has; values by key.
        salt: of the redaction marks of a new recording; None for one of its own.
        begins: of a new recording, the numbers of the calls that cut steps begin with.

    Raises:
        UsageError: the file exists and ``append`` is false, it can't be written, or would have too
            many labels.
        InputError: the file to continue is not a recording, is damaged, or is newer than this
            program.
    """
    refuse_link(path)
    existed = path.exists()
    if existed and not append:
        raise UsageError(f"{path} exists: give --append to continue it, or another file with -o")
    with plain_errors(path, to_write=True), contextlib.ExitStack() as undo:
        if existed:
            _refuse_no_recording(path)
        else:
            refuse_emptied(path)
            # Mode 0600 from the first byte: a recording holds what the client sent.
            os.close(private(str(path), os.O_RDWR | os.O_CREAT | os.O_EXCL))
            undo.callback(_remove, path)
        connection = connect(path, "rw")
        undo.callback(let_go, connection)
        _prepare(connection, fsync=fsync, salt=salt)
        if labels:
            store_labels(connection, labels)
        if begins:
            told = orjson.dumps(sorted(begins)).decode()
            connection.execute(insert("meta"), with_checksum("meta", CUT_OFF, told))
        if fsync:
            _sync_folder(path.resolve().parent)
        undo.pop_all()
    return connection


def open_to_label(path: Path) -> GuardedConnection:
    """Return a connection to an existing recording of which nothing but labels is to be written.

    Raises:
        UsageError: it can't be written.
        InputError: it is not a recording, is damaged, or is newer than this program.
        sqlite3.Error: it can't be written.
    """
    with Recording(path):  # says what is wrong with it; looks at no body, as none is changed
        pass
    connection = connect(path, "rw")
    try:
        _prepare(connection)
    except BaseException:
        let_go(connection)
        raise
    return connection


def read_salt(connection: sqlite3.Connection, path: Path) -> bytes:
    """Return the salt of a recording's redaction marks."""
    with plain_errors(path, to_write=True):
        row = connection.execute("SELECT value FROM meta WHERE key = 'salt'").fetchone()
    if not row or not isinstance(row[0], bytes):
        raise InputError(
            f"{path} is damaged (its salt is gone); `iai-proxy verify {path} --salvage OUT` saves "
            "what is whole in a new recording"
        )
    return row[0]


def find_unpacked(connection: sqlite3.Connection, path: Path) -> list[int]:
    """Return the numbers of the exchanges that an earlier writer had no time to pack."""
    query = "SELECT id FROM exchange WHERE id NOT IN (SELECT exchange FROM request_key) ORDER BY id"
    return _numbers(connection, path, query)


def find_outdated(connection: sqlite3.Connection, path: Path) -> list[int]:
    """Return the same, and the numbers of those that were packed by an older version."""
    stepping = [endpoint.value for endpoint in Endpoint if endpoint.is_stepping]
    query = (
        "SELECT e.id FROM exchange e LEFT JOIN request_key k ON k.exchange = e.id "
        "LEFT JOIN observation o ON o.exchange = e.id WHERE k.version IS NOT ? "
        f"OR o.version IS NOT ? AND e.endpoint IN ({', '.join('?' * len(stepping))}) ORDER BY e.id"
    )
    return _numbers(connection, path, query, KEY_VERSION, OBSERVATION_VERSION, *stepping)


def _numbers(
    connection: sqlite3.Connection, path: Path, query: str, *values: int | str
) -> list[int]:
    with plain_errors(path, to_write=True):
        return [number for (number,) in connection.execute(query, values)]


def latest(connection: sqlite3.Connection, path: Path) -> int:
    """Return the number of the last exchange; 0 if there is none."""
    return _numbers(connection, path, "SELECT coalesce(max(id), 0) FROM exchange")[0]


def checkpoint_elsewhere(connection: sqlite3.Connection) -> None:
    """Have no commit of this connection fold in the log, unless nothing else does."""
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES_AT_LAST}")


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system lets us."""
    with contextlib.suppress(PermissionError):  # Windows opens no folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _prepare(
    connection: sqlite3.Connection, *, fsync: bool = False, salt: bytes | None = None
) -> None:
    connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    writer = with_checksum("meta", "writer", f"process {os.getpid()}")
    if schema.version_of(connection) == schema.FORMAT_VERSION:
        # Before there is a log: it tells that the log is missing where only the file is copied.
        connection.execute(insert("meta", "INSERT OR REPLACE"), writer)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if fsync else 'NORMAL'}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    schema.create_tables(connection)
    for key, value in (
        ("salt", salt or secrets.token_bytes(16)),
        ("created_ns", str(time.time_ns())),
        ("created_by", __version__),
    ):
        connection.execute(insert("meta", "INSERT OR IGNORE"), with_checksum("meta", key, value))
    connection.execute(insert("meta", "INSERT OR REPLACE"), writer)


def _refuse_no_recording(path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file in it with -o")
    refuse_special(path)
    refuse_emptied(path)
    if not path.stat().st_size:
        raise InputError(
            f"{path} is empty, not a recording: delete it, or record into another file with -o"
        )
    was_logged = has_log(path)
    if was_logged:  # it is folded in, as far as it can be read, by the next that may write
        require_whole(path)
    with contextlib.closing(connect(path, "rw")) as connection:
        schema.check_format(connection, path)
        if was_logged:  # which goes when this is closed
            connection.execute("DELETE FROM meta WHERE key = 'writer'")
    require_whole(path)


def _remove(path: Path) -> None:
    """Leave no half-made recording behind: it would be in the way of the next attempt."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(OSError):
            path.with_name(f"{path.name}{suffix}").unlink()
