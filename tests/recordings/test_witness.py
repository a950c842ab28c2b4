"""A file that someone else changes while it is written is noticed before another call counts."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import write
from support.tries import Tries

from iai_proxy.recordings import Recording, RecordingWriter, verify
from iai_proxy.recordings.writer import RecordingFailedError

LATER = 30


def side(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def halved(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def zeroed(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.write(bytes(path.stat().st_size))


def begun_with_zeros(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.write(bytes(4096))


def zeroed_in_the_middle(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 2)
        stream.write(bytes(40_000))


def noise_in_place(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.write(os.urandom(path.stat().st_size))


def deleted(path: Path) -> None:
    path.unlink()


def moved_away(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


def replaced(path: Path) -> None:
    copied = path.with_name("copied")
    shutil.copy(path, copied)
    copied.replace(path)


def copied_over(path: Path) -> None:
    """As ``cp other.iairec run.iairec`` does: the file stays, and its content is another's."""
    other = path.with_name("other.iairec")
    write(other, exchange(b"of another"), exchange(b"recording"))
    content = other.read_bytes()
    with path.open("r+b") as stream:
        stream.truncate()
        stream.write(content)


def copied_back(path: Path) -> None:
    """The recording as it was a while ago."""
    with path.open("r+b") as stream:
        stream.truncate()
        stream.write(path.with_name("before").read_bytes())


def one_frame_changed(path: Path, part: float = 0.5) -> None:
    """64 bytes of one page, somewhere in the log."""
    with path.open("r+b") as stream:
        stream.seek(int(path.stat().st_size * part))
        stream.write(b"Z" * 64)


def an_early_frame_changed(path: Path) -> None:
    one_frame_changed(path, 0.2)


def a_late_frame_changed(path: Path) -> None:
    one_frame_changed(path, 0.8)


def zeroed_behind_its_header(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.seek(136)
        stream.write(bytes(path.stat().st_size - 136))


def deleted_from_by_another(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM exchange WHERE id < 5")


def added_to_by_another(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO meta VALUES ('a', 'fact', 1)")


def written_anew_by_another(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("VACUUM")


def folded_in_by_another(path: Path) -> None:
    """Which changes nothing of what is in it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


WAYS: list[tuple[str, Callable[[Path], None]]] = [
    *(("", way) for way in (
        emptied, halved, zeroed, begun_with_zeros, noise_in_place, deleted, moved_away, replaced,
        copied_over, copied_back, zeroed_in_the_middle, deleted_from_by_another,
        added_to_by_another, written_anew_by_another, folded_in_by_another,
    )),
    *(("-wal", way) for way in (
        emptied, halved, zeroed, begun_with_zeros, zeroed_in_the_middle, noise_in_place, deleted,
        moved_away, replaced, one_frame_changed, an_early_frame_changed, a_late_frame_changed,
    )),
    *(("-shm", way) for way in (
        emptied, zeroed, zeroed_behind_its_header, deleted, moved_away, replaced,
    )),
]  # fmt: skip


def later_calls(writer: RecordingWriter) -> tuple[list[bytes], list[str]]:
    """What was answered, and the sentences for what was refused."""
    answered, refused = [], []
    for number in range(LATER):
        body = f"later {number}".encode() * 200
        try:
            writer.append(lambda body=body: exchange(body)).result(20)
            answered.append(body)
        except RecordingFailedError as error:
            refused.append(str(error))
    return answered, refused


@pytest.mark.parametrize(
    ("suffix", "way"), WAYS, ids=[f"{way.__name__}{suffix}" for suffix, way in WAYS]
)
def test_no_call_counts_after_a_file_was_changed(
    path: Path, suffix: str, way: Callable[[Path], None], tries: Tries
) -> None:
    """A part of the calls was folded into the file before, a part is in the log."""
    write(path, *(exchange(os.urandom(3000)) for _ in range(5)))
    shutil.copy(path, path.with_name("before"))
    write(path, *(exchange(os.urandom(3000)) for _ in range(5)), append=True)
    writer = RecordingWriter(path, append=True)
    for number in range(10):
        writer.append(lambda number=number: exchange(f"early {number}".encode() * 999)).result(20)
    way(side(path, suffix))
    answered, refused = later_calls(writer)
    writer.close()
    if answered:  # what was changed is read by no one any more
        assert (len(answered), writer.damage) == (LATER, None)
        with Recording(path) as recording:
            assert [made.request.body for made in recording.exchanges()][-LATER:] == answered
        assert verify(path).whole
    else:
        assert "by someone else): of the 20 calls in it some may be lost" in refused[0]
        assert "Record into another file; `iai-proxy verify" in refused[0]
        assert writer.damage
    assert len(answered) + len(refused) == LATER
    tries.note("changed files", LATER)


REFUSED = [
    ("-wal", one_frame_changed), ("-wal", an_early_frame_changed), ("-wal", a_late_frame_changed),
    ("-shm", zeroed_behind_its_header),
    ("", deleted_from_by_another), ("", added_to_by_another), ("", written_anew_by_another),
]  # fmt: skip


@pytest.mark.parametrize(
    ("suffix", "way"), REFUSED, ids=[f"{way.__name__}{suffix}" for suffix, way in REFUSED]
)
def test_what_changes_the_calls_that_are_there_is_refused_at_once(
    path: Path, suffix: str, way: Callable[[Path], None]
) -> None:
    """Calls are in the log only: a recorder that is killed now has lost what is behind."""
    with RecordingWriter(path) as writer:
        for _ in range(10):
            writer.append(lambda: exchange(os.urandom(9000))).result(20)
        while writer.unpacked:  # what is changed within a transaction of ours counts as ours
            time.sleep(0.01)
        time.sleep(0.05)
        way(side(path, suffix))
        answered, refused = later_calls(writer)
    assert (len(answered), len(refused)) == (0, LATER)


def test_a_file_that_only_got_another_time_is_written_on(path: Path) -> None:
    with RecordingWriter(path) as writer:
        writer.append(exchange).result(20)
        for suffix in ("", "-wal"):
            os.utime(side(path, suffix))
            writer.append(exchange).result(20)
        assert writer.damage is None
    assert verify(path).whole


def test_recording_goes_on_once_the_file_is_back(path: Path) -> None:
    with RecordingWriter(path) as writer:
        writer.append(exchange).result(20)
        path.rename(path.with_name("elsewhere"))
        with pytest.raises(RecordingFailedError, match="deleted, moved away or replaced"):
            writer.append(exchange).result(20)
        path.with_name("elsewhere").rename(path)
        writer.append(exchange).result(20)
    assert writer.damage is None
    with Recording(path) as recording:
        assert len(recording) == 2


def test_a_file_that_is_changed_at_the_end_is_left_as_it_is(path: Path) -> None:
    """The log is neither folded into it nor deleted: what can be saved is in both."""
    writer = RecordingWriter(path)
    writer.append(lambda: exchange(os.urandom(9000))).result(20)
    zeroed(path)
    writer.close()
    assert writer.damage == "the file was overwritten"
    assert set(path.read_bytes()) == {0}
    assert side(path, "-wal").stat().st_size > 9000


def test_a_log_that_is_folded_in_is_no_change_by_others(path: Path) -> None:
    """It begins anew behind each checkpoint."""
    with RecordingWriter(path) as writer:
        for _ in range(70):
            writer.append(lambda: exchange(os.urandom(1000))).result(60)
        assert writer.damage is None
    assert verify(path).exchanges == 70
