"""Recordings of earlier formats: read as they are, upgraded when they are continued."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from support.exchanges import exchange

from iai_proxy.recordings import Recording, RecordingWriter, salvage, verify


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A recording of format 1."""
    path = tmp_path / "old.iairec"
    with RecordingWriter(path) as writer:
        writer.append(exchange).result()
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "DROP INDEX exchange_large; ALTER TABLE exchange DROP COLUMN large; PRAGMA user_version = 1;"
        )
    connection.close()
    return path


def test_format_1_is_read_as_it_is(old: Path) -> None:
    before = old.read_bytes()
    with Recording(old) as recording:
        assert recording.exchange(1) == replace(exchange(), id=1)
        assert recording.whole(recording.exchange(1)) is None
        assert [call.large for call in recording.calls()] == [None]
        assert recording.response(1) == exchange().response
        assert len(recording.lineage().failures) <= 1
    assert verify(old).whole
    assert old.read_bytes() == before


def test_format_1_is_upgraded_when_it_is_continued(old: Path) -> None:
    with RecordingWriter(old, append=True) as writer:
        writer.append(lambda: replace(exchange(), large="a")).result()
    with Recording(old) as recording:
        assert [call.large for call in recording.calls()] == [None, "a"]
    with sqlite3.connect(old) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()


def test_what_is_salvaged_keeps_the_large_call_that_it_is_a_part_of(tmp_path: Path) -> None:
    path, saved = tmp_path / "run.iairec", tmp_path / "saved.iairec"
    whole = exchange()
    whole = replace(whole, request=replace(whole.request, target="/large_drive"), large="a")
    with RecordingWriter(path) as writer:
        writer.append(lambda: replace(exchange(), large="a")).result()
        writer.append(lambda: whole).result()
    assert salvage(path, saved) == 2
    with Recording(saved) as recording:
        part, again = recording.exchanges()
        assert (part.large, again.large) == ("a", "a")
        assert recording.whole(part) == 2
        assert recording.whole(again) is None
        assert [call.is_whole for call in recording.calls()] == [False, True]
