"""Bodies are packed after they are committed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from support.exchanges import exchange
from support.recordings import change, rows, write

from iai_proxy.recordings import RecordingWriter, verify


def test_each_row_names_its_codec_and_its_true_size(path: Path) -> None:
    body = b"easily packed " * 1000
    write(path, exchange(body, b"short"))
    assert rows(path, "SELECT codec, size, length(data) = size FROM body ORDER BY size") == [
        ("raw", 5, 1),
        ("zstd-typical", 14_000, 0),
    ]


def test_bodies_that_a_crash_left_raw_are_packed_by_the_next_writer(path: Path) -> None:
    body = b"0.125," * 1000
    write(path, exchange(body), exchange(body, b"x"))
    digest = hashlib.sha256(body).digest()
    change(path, "UPDATE body SET codec = 'raw', data = ? WHERE hash = ?", body, digest)
    change(path, "DELETE FROM request_key")
    write(path, append=True)
    assert rows(path, "SELECT codec FROM body WHERE size = 6000") == [("zstd-typical",)]
    assert rows(path, "SELECT exchange FROM request_key ORDER BY 1") == [(1,), (2,)]
    assert verify(path).whole


def test_closing_gives_back_the_room_that_packing_freed(path: Path) -> None:
    with RecordingWriter(path) as writer:
        for number in range(5):
            made = exchange(str(number).encode() * 300_000)
            writer.append(lambda made=made: made).result(10)  # type: ignore[misc]
    assert rows(path, "PRAGMA freelist_count") == [(0,)]
    assert path.stat().st_size < 300_000
