"""A recording has our tables and indices, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import write

from iai_proxy.errors import InputError
from iai_proxy.recordings import Recording, RecordingWriter, verify

#: What a file may have been given, and how a message names it.
ADDED = {
    "CREATE TRIGGER t AFTER INSERT ON exchange BEGIN DELETE FROM exchange; END": "the trigger 't'",
    "CREATE VIEW v AS SELECT * FROM exchange": "the view 'v'",
    "CREATE TABLE other (x)": "the table 'other'",
    'CREATE TABLE "a\x1b[2J" (x)': r"the table 'a\\x1b[2J'",
    "CREATE VIRTUAL TABLE words USING fts4(x)": "the table 'words'",
    "CREATE INDEX i ON exchange (hex(zeroblob(9)))": "the index 'i'",
    "CREATE INDEX i ON exchange (path) WHERE path LIKE '%%%'": "the index 'i'",
    "ALTER TABLE exchange ADD COLUMN x TEXT AS (hex(zeroblob(9)))": "the table 'exchange' was chan",
    "ALTER TABLE body ADD COLUMN x TEXT COLLATE NOCASE": "the table 'body' was changed",
    "ALTER TABLE body ADD COLUMN x DEFAULT (1)": "the table 'body' was changed",
    "ANALYZE": "the table 'sqlite_stat1'",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "run.iairec", exchange())
    return tmp_path / "run.iairec"


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statement)


def append(path: Path) -> None:
    RecordingWriter(path, append=True).close()


@pytest.mark.parametrize("open_", [Recording, append, verify], ids=["read", "append", "verify"])
@pytest.mark.parametrize(("statement", "name"), ADDED.items(), ids=range(len(ADDED)))
def test_what_someone_added_is_refused_by_name(
    path: Path, statement: str, name: str, open_: Callable[[Path], object]
) -> None:
    execute(path, statement.replace("path", "target"))
    before = path.read_bytes()
    with pytest.raises(InputError) as refused:
        open_(path)
    assert name in str(refused.value)
    assert "ask for the recording as it was" in str(refused.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "changed",
    [
        "sql = replace(sql, 'codec TEXT', 'codec TEXT COLLATE RTRIM')",
        "sql = replace(sql, 'size INTEGER', 'size INTEGER CHECK (abs(size) < 9)')",
        "sql = replace(sql, 'size INTEGER NOT NULL', 'size INTEGER AS (length(data))')",
        "sql = sql || ' STRICT'",
    ],
)
def test_a_table_that_was_rewritten_is_refused(path: Path, changed: str) -> None:
    execute(
        path,
        f"PRAGMA writable_schema = ON; UPDATE sqlite_master SET {changed} WHERE name = 'body'",
    )
    with pytest.raises(InputError, match="the table 'body' was changed"):
        Recording(path)


def test_a_view_in_place_of_a_table_is_refused(path: Path) -> None:
    endless = "WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n"
    execute(path, f"DROP TABLE exchange; CREATE VIEW exchange AS {endless}")
    with pytest.raises(InputError, match="the view 'exchange'"):
        Recording(path)


@pytest.mark.parametrize("table", ["derived", "observation", "meta"])
def test_a_table_that_is_gone_is_named(path: Path, table: str) -> None:
    execute(path, f"DROP TABLE {table}")
    with pytest.raises(InputError, match=f"damaged: its (table|index) '.*{table}"):
        Recording(path)


@pytest.mark.parametrize("version", [-1, 0, 1])
def test_a_format_that_there_is_not_is_refused(path: Path, version: int) -> None:
    execute(path, f"PRAGMA user_version = {version}")
    with pytest.raises(InputError, match=f"format {version}, which is none"):
        Recording(path)


def test_many_objects_are_refused_as_fast_as_few(path: Path) -> None:
    execute(path, ";".join(f"CREATE TABLE t{number} (x)" for number in range(2000)))
    with pytest.raises(InputError, match="which no recording has"):
        Recording(path)
