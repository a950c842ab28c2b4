"""Searching a recording for a secret: in what it holds, and in what SQLite no longer needs."""

from __future__ import annotations

import base64
import gzip
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.exchanges import exchange, request, response
from support.recordings import change, damage_answers

from iai_proxy.errors import UsageError
from iai_proxy.recordings import RecordingWriter
from iai_proxy.recordings.secrets_in_file import search_for

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
        gzip.compress(b"a" * 50 + KEY.encode(), mtime=0),
        KEY.encode("utf-16-le"),
    ],
)
def test_a_secret_is_found_in_an_answer_however_it_is_written(
    tmp_path: Path, answer: bytes
) -> None:
    path = recorded(tmp_path, answer)
    found = search_for(path, ["another-secret", KEY]).found
    assert (2, "call 1, answer") in found
    assert {each.which for each in found} == {2}


def test_it_is_found_in_a_path(tmp_path: Path) -> None:
    path = recorded(tmp_path, b"", f"/x?q={KEY}")
    assert (1, "call 1, head") in search_for(path, [KEY]).found


def test_it_is_found_in_what_was_deleted(tmp_path: Path) -> None:
    path = recorded(tmp_path, b"")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (?)", (KEY,))
        connection.execute("DROP TABLE t")
        connection.commit()
    found = search_for(path, [KEY]).found
    assert [each.which for each in found] == [1]
    assert found[0].place.endswith(f", about byte {path.read_bytes().index(KEY.encode())}")


def test_nothing_is_found_where_it_is_not(tmp_path: Path) -> None:
    path = recorded(tmp_path, b'{"token": "another-one-99"}')
    assert search_for(path, [KEY]) == ((), ())


def test_a_secret_that_would_be_found_by_chance_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"secret 1 .* fewer than 6 characters"):
        search_for(recorded(tmp_path, b""), ["test"])


@pytest.mark.parametrize("typed", [f"{KEY}\0", f"{KEY}\udce9", f"{KEY}\u200b", f"{KEY}\r"])
def test_what_no_key_can_be_is_refused(tmp_path: Path, typed: str) -> None:
    with pytest.raises(UsageError, match="secret 2 holds a control character"):
        search_for(recorded(tmp_path, b""), [KEY, typed])


def test_what_cant_be_read_is_told_as_it_may_hold_the_secret(tmp_path: Path) -> None:
    path = recorded(tmp_path, b"x" * 3000 + KEY.encode())
    damage_answers(path, 1)
    found, unread = search_for(path, [KEY])
    assert not found
    assert [problem.place for problem in unread] == ["call 1"]


@pytest.mark.parametrize("gone", ["request", "row"])
def test_an_answer_is_searched_also_if_the_rest_of_its_call_cant_be_read(
    tmp_path: Path, gone: str
) -> None:
    path = recorded(tmp_path, b"x" * 3000 + KEY.encode())
    if gone == "row":
        change(path, "UPDATE exchange SET status = 201")
    else:
        change(
            path, "UPDATE body SET data = x'00' WHERE hash = (SELECT request_hash FROM exchange)"
        )
    found, unread = search_for(path, [KEY])
    digest = hashlib.sha256(b"x" * 3000 + KEY.encode()).hexdigest()
    assert (1, f"body {digest[:12]}") in found
    assert "call 1" in [problem.place for problem in unread]


def test_what_is_worked_out_from_calls_is_searched_too(tmp_path: Path) -> None:
    path = recorded(tmp_path, b"")
    data = gzip.compress(b"a" * 50 + KEY.encode(), mtime=0)
    change(path, "INSERT INTO derived (name, version, calls, data) VALUES ('x', 1, 1, ?)", data)
    assert (1, "derived of x") in search_for(path, [KEY]).found
