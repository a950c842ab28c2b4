"""The format's version, its tables, and how an older file becomes a newer one.

Each migration and the new version number are one transaction (after sqlite-utils'
``migrations.py``): a crash in the middle leaves the old format, whole.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from iai_proxy.errors import InputError

APPLICATION_ID: Final = int.from_bytes(b"IAIR", "big")

_V1: Final = """
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
    sdk_version TEXT
);
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

#: ``large`` names the large call that an exchange is a part of, or that it is.
_V2: Final = """
ALTER TABLE exchange ADD COLUMN large TEXT;
CREATE INDEX exchange_large ON exchange (large) WHERE large IS NOT NULL;
"""

#: Step k takes a file from version k to k + 1; the first makes an empty file a recording.
MIGRATIONS: Final[tuple[str, ...]] = (_V1, _V2)
FORMAT_VERSION: Final = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an open file, possibly empty, to the present format."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE; {step} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number}; COMMIT;"
        )


def check_format(connection: sqlite3.Connection, path: Path) -> int:
    """Make sure that an open file is a recording that this version can read, and return its format's version.

    Raises:
        InputError: it is another kind of SQLite file, or newer than this program.
        sqlite3.DatabaseError: it is no SQLite file at all.
    """
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if not application and not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise InputError(
            f"{path} holds nothing yet: where a recording broke off, its calls stand in {path.name}-wal, "
            "which belongs beside it"
        )
    if application != APPLICATION_ID:
        raise InputError(f"{path} is an SQLite file but not a recording of iai-proxy")
    if version > FORMAT_VERSION:
        raise InputError(
            f"{path} has format {version}, written by a newer iai-proxy; this one reads up to {FORMAT_VERSION}: "
            "upgrade iai-proxy"
        )
    return version
