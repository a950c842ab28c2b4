"""What a killed recorder has left in its log is read, or it is said that it can't be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random

import pytest
from support.exchanges import exchange
from support.tries import Tries

from iai_proxy.errors import InputError
from iai_proxy.recordings import Recording, RecordingWriter, salvage, verify

CALLS = 12
SIDES = ("", "-wal")


def side(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a recorder leaves that is killed: calls in the log only."""
    folder = tmp_path_factory.mktemp("killed")
    with RecordingWriter(folder / "run.iairec", packs_beside=True) as writer:
        for _ in range(CALLS):
            writer.append(lambda: exchange(os.urandom(3000))).result(20)
        for suffix in SIDES:
            shutil.copy(side(writer.path, suffix), folder / f"killed{suffix}")
    return folder / "killed"


def copied(killed: Path, path: Path) -> bytearray:
    """Copy it, and return the bytes of its log."""
    side(path, "-shm").unlink(missing_ok=True)
    for suffix in SIDES:
        shutil.copy(side(killed, suffix), side(path, suffix))
    return bytearray(side(path, "-wal").read_bytes())


def test_all_that_is_whole_is_read(killed: Path, path: Path) -> None:
    copied(killed, path)
    assert (verify(path).exchanges, verify(path).problems) == (CALLS, ())


def test_no_call_vanishes_without_a_word(killed: Path, path: Path, tries: Tries) -> None:
    content = copied(killed, path)
    last = len(content) - (24 + 8192)  # the last may be half-written
    places = [*range(32), *Random(3).sample(range(32, last), tries.rounds(usual=40, soak=2000))]
    for at in places:
        copied(killed, path)
        damaged = bytearray(content)
        damaged[at] ^= 1 << at % 8
        side(path, "-wal").write_bytes(damaged)
        with pytest.raises(InputError, match=r"is damaged .*of its log is damaged"):
            Recording(path)
        with pytest.raises(InputError):
            RecordingWriter(path, append=True)
        assert side(path, "-wal").read_bytes() == bytes(damaged)
    tries.note("flips", len(places))


def test_verify_says_where_and_how_much_and_saves_the_rest(killed: Path, path: Path) -> None:
    content = copied(killed, path)
    content[len(content) // 2] ^= 4
    side(path, "-wal").write_bytes(content)
    result = verify(path)
    (problem,) = (problem for problem in result.problems if problem.place == "log")
    assert "of its log is damaged: " in problem.message
    assert "commits behind it can't be read" in problem.message
    assert 0 < result.exchanges < CALLS
    assert salvage(path, path.with_name("saved.iairec")) == result.exchanges


def test_what_a_kill_left_half_written_is_no_damage(killed: Path, path: Path) -> None:
    """The header of a last frame, with the page that an earlier use of the log has left there."""
    content = copied(killed, path)
    content[-8192:] = bytes(8192)
    side(path, "-wal").write_bytes(content)
    assert (verify(path).exchanges, verify(path).problems) == (CALLS - 1, ())


@pytest.mark.parametrize("cut", [1, 5000, 8216])
def test_a_log_that_ends_early_is_no_damage(killed: Path, path: Path, cut: int) -> None:
    content = copied(killed, path)
    side(path, "-wal").write_bytes(content[:-cut])
    assert verify(path).problems == ()


def test_a_recording_that_is_being_written_is_read(path: Path) -> None:
    with RecordingWriter(path) as writer:
        for number in range(200):
            writer.append(lambda: exchange(os.urandom(3000)))
            if number % 5 == 0:
                assert verify(path).problems == ()
    assert verify(path).exchanges == 200
