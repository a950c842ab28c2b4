"""Telling a recording from a log, and files that appear complete or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import write

from iai_proxy.errors import InputError, UsageError
from iai_proxy.recordings.files import atomic_output, is_recording


def test_a_recording_is_known_by_how_it_begins_and_not_by_its_name(tmp_path: Path) -> None:
    recording, log = tmp_path / "run.json", tmp_path / "log.iairec"
    write(recording, exchange())
    log.write_text("{}")
    assert (is_recording(recording), is_recording(log)) == (True, False)


def test_an_empty_file_and_a_folder_are_refused_with_what_to_give(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(InputError, match="is empty: give a recording or a debug log"):
        is_recording(tmp_path / "empty")
    with pytest.raises(
        InputError, match=r"\(Is a directory\): neither a recording nor a debug log"
    ):
        is_recording(tmp_path)


def test_a_file_is_the_old_one_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    with atomic_output(path) as stream:
        stream.write("new\n")
        assert path.read_text() == "old"
    assert path.read_bytes() == b"new\n"
    assert list(tmp_path.iterdir()) == [path]


def breaking_off() -> Iterator[str]:
    yield "half"
    raise ZeroDivisionError


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_output(path) as stream:
        stream.writelines(breaking_off())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"can't write .*\(No such file.*another place with -o"),
        atomic_output(tmp_path / "none" / "out.json"),
    ):
        pass
