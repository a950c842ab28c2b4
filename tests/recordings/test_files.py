"""Telling a recording from a log, and files that appear complete or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import write

from iai_proxy.errors import InputError, UsageError
from iai_proxy.private_files import make_private_folder
from iai_proxy.recordings.files import atomic_output, is_recording, refuse_to_replace


def test_a_recording_is_known_by_how_it_begins_and_not_by_its_name(tmp_path: Path) -> None:
    recording, log = tmp_path / "run.json", tmp_path / "log.iairec"
    write(recording, exchange())
    log.write_text("{}")
    assert (is_recording(recording), is_recording(log)) == (True, False)


def test_an_empty_file_and_a_folder_are_refused_with_what_to_give(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(InputError, match="is empty: give a recording or a debug log"):
        is_recording(tmp_path / "empty")
    with pytest.raises(InputError, match="is a folder: give a recording or a debug log"):
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


# --- What is never replaced.


def test_a_recording_is_never_replaced_whatever_its_name_and_the_work_is_not_begun(
    tmp_path: Path,
) -> None:
    path = tmp_path / "out.json"
    write(path, exchange())
    before = path.read_bytes()
    with (
        pytest.raises(UsageError, match=r"is a recording, which can't be made again: give --to"),
        atomic_output(path, option="--to"),
    ):
        pytest.fail("the work was begun")
    assert path.read_bytes() == before


def test_a_recording_behind_a_link_is_not_replaced_either(tmp_path: Path) -> None:
    write(tmp_path / "run.iairec", exchange())
    (tmp_path / "link").symlink_to("run.iairec")
    with pytest.raises(UsageError, match="is a symbolic link"):
        refuse_to_replace(tmp_path / "link")


@pytest.mark.parametrize("magic", ["377f0682", "377f0683"])
def test_calls_that_are_still_beside_their_recording_are_not_replaced(
    magic: str, tmp_path: Path
) -> None:
    path = tmp_path / "run.iairec-wal"
    path.write_bytes(bytes.fromhex(magic) + bytes(28))
    with pytest.raises(UsageError, match="can't be made again"):
        refuse_to_replace(path)


def test_a_recording_that_appears_while_the_output_is_made_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    output = atomic_output(path)
    output.__enter__().write("late")
    write(path, exchange())
    with pytest.raises(UsageError, match="is a recording"):
        output.__exit__(None, None, None)
    assert is_recording(path)
    assert list(tmp_path.iterdir()) == [path]


def test_an_input_is_not_replaced_by_what_is_made_of_it(tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    log.write_text("{}")
    refuse_to_replace(log)
    with pytest.raises(UsageError, match="is the input, and would be replaced: give -o another"):
        refuse_to_replace(log, inputs=[tmp_path / "none", log])


def test_a_folder_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"can't write .*\(Is a directory\)"):
        refuse_to_replace(tmp_path)


# --- What a file is like.


@pytest.mark.parametrize("umask", ["0000", "0022", "0077"])
def test_a_file_is_for_its_owner_alone_whatever_the_umask_says(umask: str, tmp_path: Path) -> None:
    code = (
        f"import os, pathlib; os.umask(0o{umask}); "
        "from iai_proxy.recordings.files import atomic_output\n"
        f"with atomic_output(pathlib.Path({str(tmp_path / 'out')!r})) as stream: stream.write('x')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600


def test_a_file_that_is_replaced_keeps_who_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.touch(0o640)
    with atomic_output(path) as stream:
        stream.write("new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("target", ["there", "not there"])
def test_a_link_is_not_followed(target: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("old")
    (tmp_path / "link").symlink_to(target)
    with (
        pytest.raises(UsageError, match=rf"is a symbolic link.*give --to .*{target}"),
        atomic_output(tmp_path / "link", option="--to"),
    ):
        pytest.fail("the work was begun")
    assert (tmp_path / "there").read_text() == "old"
    assert not (tmp_path / "not there").exists()


def test_a_link_in_the_way_to_an_output_is_the_users_choice(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    with atomic_output(tmp_path / "link" / "out") as stream:
        stream.write("new")
    assert (tmp_path / "folder" / "out").read_text() == "new"


def test_standard_output_may_be_a_file(tmp_path: Path) -> None:
    code = (
        "import pathlib; from iai_proxy.recordings.files import atomic_output\n"
        "with atomic_output(pathlib.Path('/dev/stdout')) as stream: stream.write('x')"
    )
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], check=True, stdout=out)
    assert (tmp_path / "out").read_text() == "x"


def test_folders_that_are_made_are_for_their_owner_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        make_private_folder(tmp_path / "a" / "b")
        make_private_folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    made = (tmp_path, tmp_path / "a", tmp_path / "a" / "b")
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in made] == [0o755, 0o700, 0o700]


def test_a_device_is_written_and_not_replaced() -> None:
    with atomic_output(Path("/dev/null")) as stream:
        stream.write("gone")
    assert Path("/dev/null").is_char_device()


def test_a_name_as_long_as_a_name_may_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    with atomic_output(path) as stream:
        stream.write("long")
    assert path.read_text() == "long"
