"""A folder of tables: what is there until all is written, and what is never touched."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from iai_proxy.errors import UsageError
from iai_proxy.tables.folder import replaced_tables
from iai_proxy.tables.schemas import schema_of


def content(folder: Path, table: str = "calls") -> bytes:
    path = folder / "made.parquet"
    pq.write_table(schema_of(table).empty_table(), path)
    return path.read_bytes()


def test_until_all_is_written_what_was_there_stays(tmp_path: Path) -> None:
    folder, made = tmp_path / "out", content(tmp_path)
    with replaced_tables(folder, ["calls"]) as target:
        target.write("calls", 0, made)
        target.write("calls", 1, made)
    with replaced_tables(folder, ["calls"]) as target:
        target.write("calls", 0, made)
        assert len(list((folder / "calls").iterdir())) == 2
    assert len(list((folder / "calls").iterdir())) == 1


def test_after_an_error_what_was_there_stays(tmp_path: Path) -> None:
    folder, made = tmp_path / "out", content(tmp_path)
    with replaced_tables(folder, ["calls"]) as target:
        target.write("calls", 0, made)
    with pytest.raises(KeyboardInterrupt), replaced_tables(folder, ["calls"]):
        raise KeyboardInterrupt
    assert [path.name for path in folder.iterdir()] == ["calls"]
    assert (folder / "calls/00000.parquet").read_bytes() == made


def test_what_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    folder, made = tmp_path / "out", content(tmp_path)

    def write_while_another_program_does() -> None:
        with replaced_tables(folder, ["calls"]) as target:
            target.write("calls", 0, made)
            (folder / "calls").mkdir()
            (folder / "calls/mine.txt").touch()

    with pytest.raises(UsageError, match=r"calls/mine\.txt is no table of iai-proxy"):
        write_while_another_program_does()
    assert [path.name for path in (folder / "calls").iterdir()] == ["mine.txt"]


def test_one_table_does_not_count_as_another(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls/00000.parquet").write_bytes(content(tmp_path, "lights"))
    with (
        pytest.raises(UsageError, match="is no table of iai-proxy"),
        replaced_tables(tmp_path, ["calls"]),
    ):
        pass


def test_only_its_owner_can_read_what_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with replaced_tables(folder, ["calls"]) as target:
        target.write("calls", 0, content(tmp_path))
    modes = [path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))]
    assert modes == [0o700, 0o700, 0o600]


#: Replaces tables in a folder until it has renamed so often, and is killed there.
KILLED = """
import os, signal, sys
import signal
import subprocess
import sys
from pathlib import Path
from iai_proxy.tables.folder import replaced_tables

folder, made, left = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])

def renamed(event, _):
    global left
    if event == "os.rename":
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

with replaced_tables(folder, ["calls", "lights"]) as target:
    target.write("calls", 0, (made / "calls").read_bytes())
    target.write("calls", 1, (made / "calls").read_bytes())
    target.write("lights", 0, (made / "lights").read_bytes())
    sys.addaudithook(renamed)
"""


@pytest.mark.parametrize("renamed", [0, 1, 2, 3, 4])
def test_what_an_export_that_was_killed_has_moved_is_put_back(tmp_path: Path, renamed: int) -> None:
    folder, made = tmp_path / "out", tmp_path / "made"
    made.mkdir()
    for table in ("calls", "lights"):
        (made / table).write_bytes(content(tmp_path, table))
    with replaced_tables(folder, ["calls", "lights"]) as target:
        for table in ("calls", "lights"):
            target.write(table, 0, (made / table).read_bytes())
    killed = subprocess.run([sys.executable, "-c", KILLED, folder, made, str(renamed)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [*folder.glob(".iai-proxy-*")]
    with replaced_tables(folder, ["agents"]) as target:
        target.write("agents", 0, content(tmp_path, "agents"))
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    assert left == [
        path
        for table in ("agents", "calls", "lights")
        for path in (table, f"{table}/00000.parquet")
    ]


def test_the_folder_of_an_export_that_is_under_way_stays(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with replaced_tables(folder, ["calls"]) as target:
        target.write("calls", 0, content(tmp_path))
        with replaced_tables(folder, ["lights"]):
            pass
    assert [path.name for path in (folder / "calls").iterdir()] == ["00000.parquet"]
    assert sorted(path.name for path in folder.iterdir()) == ["calls", "lights"]


def test_where_it_is_left_what_was_there_stays(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for _ in range(2):
        with replaced_tables(folder, ["calls"]) as target:
            if target.would_replace:
                target.leave()
            else:
                target.write("calls", 0, content(tmp_path))
    assert [path.name for path in (folder / "calls").iterdir()] == ["00000.parquet"]
