"""A file that was copied without the log beside it, and files that only look like one."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import WAITING_WRITER, python, write

from iai_proxy.errors import RecordingWarning
from iai_proxy.recordings import Recording, RecordingWriter, pack_file, verify
from iai_proxy.recordings.labelling import change_labels

#: Continues a recording, and waits.
CONTINUING = """
    import sys
    from pathlib import Path
    from support.exchanges import exchange
    from iai_proxy.recordings import RecordingWriter
    writer = RecordingWriter(Path(sys.argv[1]), append=True)
    writer.append(lambda: exchange(b"more")).result()
    print("ready", flush=True)
    sys.stdin.readline()
"""


def said(path: Path) -> str | None:
    with Recording(path) as recording:
        return recording.missing_log()


def test_a_copy_without_the_log_of_a_recording_that_is_written_is_told(tmp_path: Path) -> None:
    path, alone = tmp_path / "run.iairec", tmp_path / "alone" / "run.iairec"
    alone.parent.mkdir()
    write(path, exchange(b"1"))
    with python(CONTINUING, path) as process:
        assert process.stdout
        process.stdout.readline()
        assert said(path) is None  # while it is written
        shutil.copyfile(path, alone)
        process.send_signal(signal.SIGKILL)
    assert said(path) is None  # its log is there
    with pytest.warns(RecordingWarning, match="was not closed, and there is no run.iairec-wal"):
        assert said(alone)
    with pytest.warns(RecordingWarning, match="the latest calls are missing"):
        assert verify(alone).exchanges == 1


def test_what_is_continued_after_its_writer_was_killed_lacks_nothing(path: Path) -> None:
    with python(WAITING_WRITER, path, 3) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with Recording(path) as recording:
        assert len(recording) == 3
    with RecordingWriter(path, append=True) as writer:
        keeps = Recording(path)  # so that the file can't be made a plain one
        writer.append(lambda: exchange(b"4")).result()
    keeps.close()
    assert said(path) is None


def append(path: Path) -> None:
    RecordingWriter(path, append=True).close()


def label(path: Path) -> None:
    change_labels(path, {"team": "planning"})


@pytest.mark.parametrize("write_to", [pack_file, append, label])
def test_a_log_that_another_program_has_folded_in_is_missed_until_we_write_to_the_file(
    path: Path, write_to: Callable[[Path], object]
) -> None:
    with python(WAITING_WRITER, path, 3) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with closing(sqlite3.connect(path)) as another:
        assert another.execute("SELECT count(*) FROM exchange").fetchone() == (3,)
    with pytest.warns(RecordingWarning, match=f"`iai-proxy pack {path}` ends this warning$"):
        assert said(path)
    with pytest.warns(RecordingWarning):
        write_to(path)
    assert said(path) is None
    with Recording(path) as recording:
        assert len(recording) == 3


def test_what_was_closed_while_it_was_read_lacks_nothing(path: Path) -> None:
    writer = RecordingWriter(path)
    writer.append(lambda: exchange(b"1")).result()
    with Recording(path) as reader:
        writer.close()
        assert len(reader) == 1
    log = path.with_name(f"{path.name}-wal")
    assert log.stat().st_size == 0  # a file made for a log, and an empty one
    log.unlink()
    assert said(path) is None
    assert verify(path).whole


def test_what_was_labelled_lacks_nothing(path: Path) -> None:
    write(path, exchange(b"1"))
    with Recording(path):
        change_labels(path, {"team": "planning"})
    assert said(path) is None
    path.with_name(f"{path.name}-wal").unlink(missing_ok=True)
    assert said(path) is None


def test_a_closed_recording_is_one_plain_file(path: Path) -> None:
    write(path, exchange(b"1"))
    write(path, exchange(b"2"), append=True)
    assert said(path) is None
    assert [file.name for file in path.parent.iterdir()] == [path.name]
