"""The format's version and its tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from iai_proxy.errors import InputError
from iai_proxy.recordings.checksums import add_checksums
from iai_proxy.recordings.queries import TABLES
from iai_proxy.text import printable

APPLICATION_ID: Final = int.from_bytes(b"IAIR", "big")
#: Format 1 was never released.
FORMAT_VERSION: Final = 4

#: A recording has 13 tables and indices at most. More are not looked at: one is too many.
_MOST_OBJECTS: Final = 100
#: Characters of a name that a message shows.
_LONGEST_NAME: Final = 60

_FORMAT_2: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE body (
    hash BLOB PRIMARY KEY,
    codec TEXT NOT NULL,
    size INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE exchange (
    id INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    client TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    method TEXT NOT NULL,
    scheme TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    target TEXT NOT NULL,
    request_version TEXT NOT NULL,
    request_headers TEXT NOT NULL,
    request_encoding TEXT NOT NULL,
    request_hash BLOB NOT NULL REFERENCES body (hash),
    request_started_ns INTEGER NOT NULL,
    request_ended_ns INTEGER NOT NULL,
    status INTEGER,
    reason TEXT,
    response_version TEXT,
    response_headers TEXT,
    response_encoding TEXT,
    response_hash BLOB REFERENCES body (hash),
    response_started_ns INTEGER,
    response_ended_ns INTEGER,
    failure TEXT,
    ended_ns INTEGER NOT NULL,
    sdk_version TEXT,
    large TEXT
);
CREATE INDEX exchange_large ON exchange (large) WHERE large IS NOT NULL;
CREATE TABLE request_key (
    exchange INTEGER PRIMARY KEY REFERENCES exchange (id),
    version INTEGER NOT NULL,
    exact BLOB NOT NULL,
    seedless BLOB NOT NULL
);
CREATE TABLE observation (
    exchange INTEGER PRIMARY KEY REFERENCES exchange (id),
    version INTEGER NOT NULL,
    data BLOB NOT NULL
);
"""

#: Format 3 has codecs whose data refers to other bodies, too.
_FORMAT_3: Final = """
CREATE TABLE derived (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    data BLOB NOT NULL
);
"""

#: The checksum of a row is over all that stands in it, in the order of its columns. The sizes of an
#: exchange's bodies are covered by its checksum. A body is proven by its hash, so it has none.
_FORMAT_4: Final = """
ALTER TABLE exchange ADD COLUMN request_bytes INTEGER;
ALTER TABLE exchange ADD COLUMN response_bytes INTEGER;
ALTER TABLE exchange ADD COLUMN checksum INTEGER;
ALTER TABLE request_key ADD COLUMN checksum INTEGER;
ALTER TABLE observation ADD COLUMN checksum INTEGER;
ALTER TABLE derived ADD COLUMN checksum INTEGER;
ALTER TABLE meta ADD COLUMN checksum INTEGER;
"""

#: What brings a file to a format from the one before. A new file goes through all of them, so that
#: its schema is, to the letter, that of an older file which was brought to this format.
_STEPS: Final = {2: _FORMAT_2, 3: _FORMAT_3, 4: _FORMAT_4}


class SchemaObject(NamedTuple):
    """A row of ``sqlite_schema``: what a recording has, and the statement that made it.

    ``sql`` is None for the indices that SQLite makes for keys.
    """

    kind: str
    name: str
    table: str
    sql: str | None


@cache
def objects(version: int) -> frozenset[SchemaObject]:
    """Return what a recording of a format has: these tables and indices, and nothing else."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for step, statements in _STEPS.items():
            if step <= version:
                connection.executescript(statements)
        return stored_objects(connection)


def stored_objects(connection: sqlite3.Connection) -> frozenset[SchemaObject]:
    """Return what an open file has."""
    query = f"SELECT type, name, tbl_name, sql FROM sqlite_master LIMIT {_MOST_OBJECTS}"
    return frozenset(SchemaObject(*row) for row in connection.execute(query))


def create_tables(connection: sqlite3.Connection) -> None:
    """Make an empty file a recording, or bring an older one to this format, in one transaction.

    Raises:
        sqlite3.Error: it can't be written; nothing of it is. Or a row holds what none can hold.
    """
    version = _pragma(connection, "user_version")
    missing = [statements for step, statements in _STEPS.items() if step > version]
    if not missing:
        return
    if not version:
        missing.append(f"PRAGMA application_id = {APPLICATION_ID};")
    connection.executescript(f"BEGIN IMMEDIATE; {' '.join(missing)}")
    if version:
        connection.execute(_ADD_SIZES)
        add_checksums(connection, TABLES)
    connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
    connection.execute("COMMIT")  # executescript() would commit before it begins


_ADD_SIZES: Final = """
UPDATE exchange SET
    request_bytes = coalesce((SELECT size FROM body WHERE hash = request_hash), 0),
    response_bytes = coalesce((SELECT size FROM body WHERE hash = response_hash), 0)
"""


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Make sure that an open file is a recording that this version can read, and nothing else.

    Raises:
        InputError: it is another kind of SQLite file, or newer than this program, or has tables,
            triggers or views that no recording has.
        sqlite3.DatabaseError: it is no SQLite file at all.
    """
    connection.execute("BEGIN")  # a writer may bring it to another format meanwhile
    try:
        _check_kind(connection, path)
        _check_objects(connection, path)
    finally:
        connection.execute("ROLLBACK")


def _check_kind(connection: sqlite3.Connection, path: Path) -> None:
    application = _pragma(connection, "application_id")
    version = _pragma(connection, "user_version")
    if not application and not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise InputError(
            f"{path} holds nothing yet: if a recording broke off, its calls are in "
            f"{path.name}-wal, which belongs beside it"
        )
    if application != APPLICATION_ID:
        raise InputError(f"{path} is an SQLite file but not a recording of iai-proxy")
    if version > FORMAT_VERSION:
        raise InputError(
            f"{path} has format {version}, written by a newer iai-proxy; "
            f"this one reads up to {FORMAT_VERSION}: upgrade iai-proxy"
        )
    if version not in _STEPS:
        raise InputError(f"{path} is damaged: it says that it has format {version}, which is none")


def _check_objects(connection: sqlite3.Connection, path: Path) -> None:
    expected = objects(_pragma(connection, "user_version"))
    found = stored_objects(connection)
    if any(not isinstance(text, str) for each in found for text in each[:-1]):
        raise InputError(f"{path} is damaged: its list of tables is not what was recorded")
    ours = {(each.kind, each.name) for each in expected}
    for each in sorted(found - expected, key=lambda each: (each.sql is None, str(each.name))):
        what = f"the {printable(str(each.kind))} {printable(str(each.name))[:_LONGEST_NAME]!r}"
        if (each.kind, each.name) in ours:
            raise InputError(
                f"{path} is damaged, or not as iai-proxy made it: {what} was changed; "
                "ask for the recording as it was"
            )
        raise InputError(
            f"{path} is damaged, or someone added to it, perhaps to do harm: it has {what}, which "
            "no recording has; "
            "ask for the recording as it was"
        )
    for each in sorted(expected - found, key=str):
        raise InputError(f"{path} is damaged: its {each.kind} {each.name!r} is gone")


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of an open file's format; 0 if it is no recording yet."""
    return _pragma(connection, "user_version")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
