"""When the write-ahead log is folded in, and that it begins anew then."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from iai_proxy.recordings.log import Log


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA wal_autocheckpoint = 0")
        made.execute("CREATE TABLE held (data BLOB)")
        yield made


def test_it_is_due_early_in_a_pause_and_late_without_one(connection: sqlite3.Connection) -> None:
    log = Log(connection)
    assert not log.is_due(in_pause=True)
    log.add(20_000_000)
    assert log.is_due(in_pause=True)
    assert not log.is_due(in_pause=False)
    log.add(50_000_000)
    assert log.is_due(in_pause=False)


def test_it_begins_anew_if_nothing_was_committed_meanwhile(connection: sqlite3.Connection) -> None:
    log = Log(connection)
    log.add(70_000_000)
    log.asked()
    log.folded_in(complete=True)
    assert not log.is_due(in_pause=True)


def test_what_little_was_committed_meanwhile_is_left_to_the_writer(
    connection: sqlite3.Connection, path: Path
) -> None:
    log = Log(connection)
    log.add(70_000_000)
    assert not log.is_nearly_folded_in
    log.asked()
    log.add(1_000_000)
    log.folded_in(complete=True)
    assert log.is_due(in_pause=False)
    assert log.is_nearly_folded_in
    connection.execute("INSERT INTO held VALUES (zeroblob(1000000))")
    log.fold_in()
    assert not log.is_due(in_pause=True)
    assert path.stat().st_size > 1_000_000


def test_a_log_that_grows_faster_than_it_is_folded_in_is_left_to_the_writer_at_last(
    connection: sqlite3.Connection,
) -> None:
    log = Log(connection)
    log.add(70_000_000)
    for _ in range(4):
        assert not log.is_nearly_folded_in
        log.asked()
        log.add(50_000_000)
        log.folded_in(complete=True)
    assert log.is_nearly_folded_in


def test_a_reader_in_the_way_is_waited_for_until_more_is_there(
    connection: sqlite3.Connection,
) -> None:
    log = Log(connection)
    log.add(70_000_000)
    log.asked()
    log.folded_in(complete=False)
    assert not log.is_due(in_pause=True)
