"""The format's version and its tables."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from iai_proxy.errors import InputError

APPLICATION_ID: Final = int.from_bytes(b"IAIR", "big")
#: Format 1 was never released. Format 3 adds the table ``derived``, and codecs whose data refers to
#: other bodies.
FORMAT_VERSION: Final = 3

_DERIVED: Final = """
CREATE TABLE derived (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    data BLOB NOT NULL
);
"""

_TABLES: Final = f"""
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
{_DERIVED}"""


def create_tables(connection: sqlite3.Connection) -> None:
    """Make an empty file a recording, or bring an older one to this format, in one transaction."""
    version = _pragma(connection, "user_version")
    if not version:
        _change(connection, f"{_TABLES} PRAGMA application_id = {APPLICATION_ID};")
    elif version < FORMAT_VERSION:
        _change(connection, _DERIVED)


def _change(connection: sqlite3.Connection, statements: str) -> None:
    connection.executescript(
        f"BEGIN IMMEDIATE; {statements} PRAGMA user_version = {FORMAT_VERSION}; COMMIT;"
    )


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Make sure that an open file is a recording that this version can read.

    Raises:
        InputError: it is another kind of SQLite file, or newer than this program.
        sqlite3.DatabaseError: it is no SQLite file at all.
    """
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


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
