"""Searching a recording for a secret: in what it holds, and in what SQLite no longer needs."""

from __future__ import annotations

import base64
import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.exchanges import exchange, request, response

from iai_proxy.errors import UsageError
from iai_proxy.recordings import RecordingWriter
from iai_proxy.recordings.secrets_in_file import secrets_in

KEY = "wIvBAaD9tkxDmXbCVeQJ"


def recorded(folder: Path, answer: bytes, target: str = "/other") -> Path:
    path = folder / "run.iairec"
    with RecordingWriter(path) as writer:
        made = exchange(request(b'{"a": 1}' * 40, target=target), response(answer))
        writer.append(lambda: made).result()
    return path


@pytest.mark.parametrize(
    "answer",
    [
        KEY.encode(),
        b"x" * 3000 + KEY.encode(),
        KEY.encode().hex().encode(),
        base64.b64encode(b"k=" + KEY.encode()),
        gzip.compress(b"a" * 50 + KEY.encode()),
        KEY.encode("utf-16-le"),
    ],
)
def test_a_secret_is_found_in_an_answer_however_it_is_written(
    tmp_path: Path, answer: bytes
) -> None:
    path = recorded(tmp_path, answer)
    found = list(secrets_in(path, ["another-secret", KEY]))
    assert (2, "call 1, answer") in found
    assert {each.which for each in found} == {2}


def test_it_is_found_in_a_path(tmp_path: Path) -> None:
    assert (1, "call 1, head") in list(secrets_in(recorded(tmp_path, b"", f"/x?q={KEY}"), [KEY]))


def test_it_is_found_in_what_was_deleted(tmp_path: Path) -> None:
    path = recorded(tmp_path, b"")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (?)", (KEY,))
        connection.execute("DROP TABLE t")
        connection.commit()
    found = list(secrets_in(path, [KEY]))
    assert [each.which for each in found] == [1]
    assert found[0].place.endswith("from byte 0 on")


def test_nothing_is_found_where_it_is_not(tmp_path: Path) -> None:
    assert list(secrets_in(recorded(tmp_path, b'{"token": "another-one-99"}'), [KEY])) == []


def test_a_secret_that_would_be_found_by_chance_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="fewer than 6 characters"):
        list(secrets_in(recorded(tmp_path, b""), ["test"]))
