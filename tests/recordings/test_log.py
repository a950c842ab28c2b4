"""When the write-ahead log is folded in, and that it begins anew then."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from iai_proxy.recordings.log import Log

MB = 1_000_000


class Written:
    """A file with a log of which nothing is in it yet."""

    def __init__(self, path: Path, connection: sqlite3.Connection, **more: int) -> None:
        self._path = path
        self._connection = connection
        self.woken = threading.Event()
        self.log = Log(connection, path, self.woken.set, **more)

    def commit(self, size: int, told: int | None = None) -> None:
        """Commit so many bytes, and say that it was so many."""
        self._connection.execute("INSERT INTO held VALUES (zeroblob(?))", (size,))
        self.log.add(told or size)

    def fold_in(self, *, in_pause: bool) -> None:
        """Let it be folded in once."""
        self.woken.clear()
        self.log.turn(in_pause=in_pause)
        assert self.woken.wait(60)

    @property
    def file_bytes(self) -> int:
        return self._path.stat().st_size

    @property
    def log_bytes(self) -> int:
        return self._path.with_name(f"{self._path.name}-wal").stat().st_size


@contextmanager
def written_to(path: Path, **more: int) -> Iterator[Written]:
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA wal_autocheckpoint = 0")
        made.execute("CREATE TABLE held (data BLOB)")
        written = Written(path, made, **more)
        yield written
        written.log.end()


@pytest.fixture
def written(path: Path) -> Iterator[Written]:
    with written_to(path) as made:
        yield made


def test_it_is_folded_in_in_a_pause(written: Written) -> None:
    written.commit(MB, told=10 * MB)
    assert not written.log.waits_for_pause
    written.commit(MB, told=10 * MB)
    assert written.log.waits_for_pause
    written.log.turn(in_pause=False)
    assert written.file_bytes < MB
    written.fold_in(in_pause=True)
    written.log.turn(in_pause=True)
    assert written.file_bytes > 2 * MB
    assert not written.log.waits_for_pause


def test_the_log_of_a_client_that_pauses_never_grows_beyond_its_bound(written: Written) -> None:
    largest = 0
    for _ in range(20):
        for _ in range(9):
            written.commit(2 * MB)
            largest = max(largest, written.log_bytes)
        written.fold_in(in_pause=True)
        written.log.turn(in_pause=True)
    assert written.file_bytes > 300 * MB
    assert largest < 20 * MB


def test_a_client_that_never_pauses_is_not_waited_for_forever(written: Written) -> None:
    written.commit(MB, told=130 * MB)
    written.fold_in(in_pause=False)
    written.commit(MB)
    written.log.turn(in_pause=False)  # the rest, by the writer itself
    assert written.file_bytes > 2 * MB
    before = written.log_bytes
    written.commit(MB)
    assert written.log_bytes == before
    assert not written.log.waits_for_pause


def test_a_log_that_grows_faster_than_it_is_folded_in_is_folded_in_at_last(
    written: Written,
) -> None:
    written.commit(MB, told=130 * MB)
    for _ in range(4):
        written.fold_in(in_pause=False)
        written.commit(MB, told=50 * MB)
    written.woken.clear()
    written.log.turn(in_pause=False)
    assert not written.woken.is_set()
    assert not written.log.waits_for_pause
    assert written.file_bytes > 5 * MB


def test_a_reader_in_the_way_is_not_waited_for(written: Written, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM held").fetchone()
        written.commit(MB, told=20 * MB)
        written.fold_in(in_pause=True)
        written.log.turn(in_pause=True)
        assert not written.log.waits_for_pause


def test_commits_wait_for_a_full_log_even_if_it_is_never_its_turn(path: Path) -> None:
    largest = 0
    with written_to(path, full=20 * MB) as written:
        for _ in range(100):
            written.commit(2 * MB)
            largest = max(largest, written.log_bytes)
        assert written.file_bytes > 150 * MB
    assert largest < 32 * MB


def test_what_a_reader_has_made_of_the_log_is_given_back_when_it_has_gone(path: Path) -> None:
    with written_to(path, full=20 * MB) as written:
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM held").fetchone()
            for _ in range(50):
                written.commit(2 * MB)
            assert written.log_bytes > 90 * MB
        for _ in range(10):
            written.commit(2 * MB)
        assert written.log_bytes < 70 * MB
