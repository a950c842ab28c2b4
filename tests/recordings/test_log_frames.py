"""A log proves itself as SQLite would have it, by a checksum worked out number by number."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from iai_proxy.recordings.log_frames import are_whole, commits_after, log_header

PAGE = 8192
FRAME = 24 + PAGE


@contextmanager
def opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log that SQLite has written: a table, and five transactions."""
    path = tmp_path / "data"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (a)")
        for number in range(5):
            connection.execute("INSERT INTO t VALUES (?)", (os.urandom(3000 * number),))
        copied = tmp_path / "log"
        copied.write_bytes(Path(f"{path}-wal").read_bytes())
    return copied


def frames_of(content: bytes) -> int:
    return (len(content) - 32) // FRAME


def is_whole(path: Path, whole: bytes) -> bool:
    last = 32 + (frames_of(whole) - 1) * FRAME
    with opened(path) as descriptor:
        checksum = whole[last + 16 : last + 24]
        return are_whole(descriptor, frames_of(whole), whole[16:24], checksum)


def test_what_sqlite_has_written_is_whole(log: Path) -> None:
    assert frames_of(log.read_bytes()) > 5
    assert is_whole(log, log.read_bytes())


def test_whatever_bit_is_flipped_it_is_not(log: Path) -> None:
    whole = log.read_bytes()
    for at in [*range(60), *Random(9).sample(range(60, len(whole)), 60)]:
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        log.write_bytes(damaged)
        is_a_mark = (at - 32) % FRAME in range(4, 8)
        assert not is_whole(log, whole), (at, is_a_mark)


def test_a_header_proves_itself(log: Path) -> None:
    whole = log.read_bytes()
    with opened(log) as descriptor:
        header = log_header(descriptor)
    assert header is not None
    assert (header.page_size, header.salts) == (PAGE, whole[16:24])
    assert struct.unpack(">II", header.checksum) == by_hand(whole[:24])


def by_hand(data: bytes) -> tuple[int, int]:
    """The checksum as SQLite's file format gives it (section 4.2)."""
    first = second = 0
    words = struct.unpack("<6I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) % 2**32
        second = (second + odd + first) % 2**32
    return first, second


def test_transactions_that_follow_are_found(log: Path) -> None:
    with opened(log) as descriptor:
        header = log_header(descriptor)
        assert header is not None
        ends = list(commits_after(descriptor, 0, header))
        assert len(ends) == 6
        assert ends[-1] == frames_of(log.read_bytes())
        assert list(commits_after(descriptor, ends[2], header)) == ends[3:]
        assert list(commits_after(descriptor, ends[-1], header)) == []
