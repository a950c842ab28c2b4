"""What an open recording may do: hold data."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from iai_proxy.errors import InputError
from iai_proxy.recordings.connecting import connect, plain_errors

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
COUNTING = (
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e5) "
    "SELECT max(i) FROM n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "a.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE t (x)")
    return file


def test_a_statement_without_end_is_broken_off(path: Path) -> None:
    with (
        closing(connect(path, "ro")) as connection,
        pytest.raises(InputError, match=r"more steps than a file of its size can"),
        plain_errors(path),
    ):
        connection.execute(ENDLESS).fetchone()


def test_many_statements_may_take_many_steps_together(path: Path) -> None:
    with closing(connect(path, "ro")) as connection:
        for _ in range(40):  # of a million steps each
            assert connection.execute(COUNTING).fetchone() == (100_000,)


def test_functions_in_the_schema_of_a_file_are_not_trusted(path: Path) -> None:
    with closing(connect(path, "ro")) as connection:
        assert connection.execute("PRAGMA trusted_schema").fetchone() == (0,)
        assert connection.execute("PRAGMA cell_size_check").fetchone() == (1,)
        assert connection.execute("PRAGMA mmap_size").fetchone() in {None, (0,)}


def test_a_reader_can_not_be_talked_into_writing(path: Path) -> None:
    with closing(connect(path, "ro")) as connection:
        assert connection.execute("PRAGMA query_only").fetchone() == (1,)


def test_a_writer_writes(path: Path) -> None:
    with closing(connect(path, "rw")) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        assert connection.execute("SELECT x FROM t").fetchone() == (1,)


def test_statements_of_unusual_length_are_refused(path: Path) -> None:
    with (
        closing(connect(path, "ro")) as connection,
        pytest.raises(sqlite3.DataError, match="too large"),
    ):
        connection.execute(f"SELECT 1 /* {'x' * 50_000} */")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python can't tell SQLite to")
def test_views_do_nothing_where_python_can_forbid_them(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE VIEW v AS SELECT 1")
    with (
        closing(connect(path, "rw")) as connection,
        pytest.raises(sqlite3.OperationalError, match=r"view"),
    ):
        connection.execute("SELECT * FROM v")
