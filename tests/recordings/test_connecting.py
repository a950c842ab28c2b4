"""Connections to a recording's file, and SQLite's errors in plain sentences."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from iai_proxy.errors import IaiProxyError, InputError, UsageError
from iai_proxy.recordings.connecting import DamagedRowError, connect, plain_errors

FILE = Path("run.iairec")


def made(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (x)")
    return path


@pytest.mark.parametrize("name", ["what?.db", "no#1.db", "100%41.db", "a b'c.db"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    with closing(connect(made(tmp_path / name), "ro")) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_who_only_reads_can_not_write(tmp_path: Path) -> None:
    path = made(tmp_path / "a.db")
    with (
        closing(connect(path, "ro")) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("INSERT INTO t VALUES (1)")


@pytest.mark.parametrize("mode", ["ro", "rw"])
def test_no_file_is_made(tmp_path: Path, mode: str) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        connect(tmp_path / "none.db", mode)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


NO_DATABASE = sqlite3.DatabaseError("file is not a database")
MALFORMED = sqlite3.DatabaseError("database disk image is malformed")


@pytest.mark.parametrize(
    ("error", "to_write", "kind", "message"),
    [
        (
            PermissionError(13, "no"),
            True,
            UsageError,
            "can't write run.iairec ([Errno 13] no): choose another place with -o",
        ),
        (
            sqlite3.OperationalError("disk I/O error"),
            False,
            InputError,
            "run.iairec can't be read: disk I/O error",
        ),
        (
            NO_DATABASE,
            False,
            InputError,
            "run.iairec is not a recording (file is not a database)",
        ),
        (
            NO_DATABASE,
            True,
            InputError,
            "run.iairec is not a recording (file is not a database)",
        ),
        (
            DamagedRowError("half an answer is missing"),
            False,
            InputError,
            "run.iairec is damaged (half an answer is missing); `iai-proxy verify run.iairec` "
            "says what is whole",
        ),
        (
            MALFORMED,
            True,
            InputError,
            "run.iairec is damaged (database disk image is malformed) and can't be continued; "
            "`iai-proxy verify run.iairec` says what is whole",
        ),
    ],
)
def test_an_error_is_a_sentence_that_says_what_to_do(
    error: Exception, to_write: bool, kind: type[IaiProxyError], message: str
) -> None:
    with (
        pytest.raises(kind, match=f"^{re.escape(message)}$"),
        plain_errors(FILE, to_write=to_write),
    ):
        raise error


def test_verify_does_not_point_at_itself() -> None:
    with (
        pytest.raises(InputError, match=r"malformed\)$"),
        plain_errors(FILE, name_verify=False),
    ):
        raise MALFORMED


def test_a_fault_of_ours_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), plain_errors(FILE):
        raise ZeroDivisionError
