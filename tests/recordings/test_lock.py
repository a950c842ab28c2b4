"""A recording has one writer at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import WAITING_WRITER, python, write
from support.tries import Tries

from iai_proxy.errors import UsageError
from iai_proxy.recordings import Recording, RecordingWriter, pack_file, verify
from iai_proxy.recordings.lock import is_being_written


def test_a_second_writer_is_refused_by_name(path: Path) -> None:
    with RecordingWriter(path) as writer:
        for append in (False, True):
            with pytest.raises(
                UsageError,
                match=rf"is being written by another iai-proxy \(process {os.getpid()}\)",
            ):
                RecordingWriter(path, append=append)
        assert writer.append(exchange).result(10) == 1
    assert write(path, exchange(), append=True) == [2]


def test_a_writer_in_another_process_is_refused_by_name(path: Path) -> None:
    with python(WAITING_WRITER, path, 1) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(
            UsageError, match=rf"another iai-proxy \(process {process.pid}\): stop that one first"
        ):
            RecordingWriter(path, append=True)
        process.communicate("\n", timeout=20)
    assert write(path, exchange(), append=True) == [2]


def linked(path: Path) -> Path:
    other = path.with_name("hard.iairec")
    other.hardlink_to(path)
    return other


def symlinked(path: Path) -> Path:
    other = path.with_name("soft.iairec")
    other.symlink_to(path)
    return other


def in_a_linked_folder(path: Path) -> Path:
    folder = path.with_name("folder")
    folder.symlink_to(path.parent)
    return folder / path.name


@pytest.mark.parametrize("name", [linked, symlinked, in_a_linked_folder])
def test_a_file_has_one_writer_whatever_it_is_called(
    path: Path, name: Callable[[Path], Path], tries: Tries
) -> None:
    with python(WAITING_WRITER, path, 1) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        other = name(path)
        with pytest.raises(
            UsageError, match=rf"another iai-proxy \(process {process.pid}\): stop that one first"
        ):
            RecordingWriter(other, append=True)
        process.communicate("\n", timeout=20)
    assert verify(path).whole
    assert write(other, exchange(), append=True) == [2]
    assert verify(path).whole
    tries.note("one writer", 1)


def test_a_refused_writer_takes_no_lock_from_the_one_that_writes(path: Path) -> None:
    """Nor does it leave a lock of its own behind."""
    with RecordingWriter(path) as writer:
        other = linked(path)
        for _ in range(3):
            with pytest.raises(UsageError, match="is being written by another"):
                RecordingWriter(other, append=True)
        assert writer.append(exchange).result(10) == 1
        assert not other.with_name(f"{other.name}-lock").exists()


def test_whether_a_recording_is_being_written_shows_without_taking_the_lock(path: Path) -> None:
    assert not is_being_written(path)
    with python(WAITING_WRITER, path, 1) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        assert is_being_written(path)
        process.communicate("\n", timeout=20)
    assert not is_being_written(path)


def test_what_a_killed_writer_left_counts_as_written(path: Path) -> None:
    with python(WAITING_WRITER, path, 1) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.kill()
    assert (path.parent / f"{path.name}-lock").exists()
    assert not is_being_written(path)


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="needs the list of locks")
def test_another_name_of_a_recording_that_is_being_written_is_refused(path: Path) -> None:
    other = path.with_name("hard.iairec")
    with python(WAITING_WRITER, path, 2) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        os.link(path, other)
        for look in (Recording, verify, pack_file):
            with pytest.raises(UsageError, match=r"another name .* is being written .*process"):
                look(other)
        assert not list(path.parent.glob("hard.iairec-*"))
        Recording(path).close()
        process.communicate("\n", timeout=20)
    with Recording(other) as recording:
        assert len(recording) == 2
