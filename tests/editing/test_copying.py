"""A copy of a recording, also while it is written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import WAITING_WRITER, change, python, rows, write

from iai_proxy.editing.copying import copy
from iai_proxy.errors import InputError, UsageError
from iai_proxy.recordings import Recording, RecordingWriter, verify
from iai_proxy.recordings.labelling import change_labels


def test_a_copy_made_while_it_is_written_is_whole(tmp_path: Path) -> None:
    path, out = tmp_path / "run.iairec", tmp_path / "copies" / "out.iairec"
    out.parent.mkdir()
    with python(WAITING_WRITER, path, 5) as process:
        assert process.stdout
        assert process.stdin
        process.stdout.readline()
        copied = copy(path, out)
        assert copied.calls == 5
        process.stdin.write("\n")
    assert verify(out).whole
    assert [file.name for file in out.parent.iterdir()] == ["out.iairec"]
    assert oct(out.stat().st_mode)[-3:] == "600"
    with closing(sqlite3.connect(out)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert rows(out, "SELECT count(*) FROM meta WHERE key = 'writer'") == [(0,)]
    assert verify(path).exchanges == 5  # which went on undisturbed


def test_each_copy_of_a_growing_recording_has_all_calls_until_then(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    with RecordingWriter(path, packs_beside=True) as writer:
        for number in range(6):
            writer.append(lambda number=number: exchange(b"%d" % number * 9_000)).result()
            out = tmp_path / f"{number}.iairec"
            assert copy(path, out).calls == number + 1
            assert verify(out).whole
        assert writer.damage is None
    assert verify(path).exchanges == 6


def test_a_copy_can_be_continued_and_has_the_labels(tmp_path: Path) -> None:
    path, out = tmp_path / "run.iairec", tmp_path / "out.iairec"
    write(path, exchange(b"1"))
    change_labels(path, {"team": "planning"})
    copy(path, out)
    write(out, exchange(b"2"), append=True)
    with Recording(out) as copied, Recording(path) as original:
        assert (len(copied), len(original)) == (2, 1)
        assert copied.labels() == {"team": "planning"}
        assert copied.meta("salt") == original.meta("salt")


def test_what_lies_where_no_file_can_be_made_is_copied_with_its_log(tmp_path: Path) -> None:
    path, out = tmp_path / "run.iairec", tmp_path / "out.iairec"
    with python(WAITING_WRITER, path, 4) as process:
        assert process.stdout
        process.stdout.readline()
        process.kill()
    (tmp_path / "run.iairec-shm").unlink()
    (tmp_path / "run.iairec-shm").symlink_to(tmp_path / "none" / "x")  # it can't be made there
    with pytest.raises(InputError, match="can't be read"):
        Recording(path)
    assert copy(path, out).calls == 4
    assert verify(out).whole
    names = {file.name for file in tmp_path.iterdir()}
    assert names - {"run.iairec-lock"} == {
        "out.iairec", "run.iairec", "run.iairec-shm", "run.iairec-wal"
    }  # fmt: skip


def test_no_copy_is_made_of_what_is_damaged_or_no_recording(tmp_path: Path) -> None:
    path, out = tmp_path / "run.iairec", tmp_path / "out.iairec"
    write(path, exchange(b"1"), exchange(b"2"))
    change(path, "DELETE FROM exchange WHERE id = 1")
    with pytest.raises(InputError, match="is damaged"):
        copy(path, out)
    (tmp_path / "log.json").write_text("{}")
    with pytest.raises(InputError, match="is not a recording"):
        copy(tmp_path / "log.json", out)
    with pytest.raises(UsageError, match="exists: give OUT another name"):
        copy(path, path)
    assert not out.exists()
