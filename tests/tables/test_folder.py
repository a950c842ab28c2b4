"""A folder of tables: what is there until all is written, and what is never touched."""

from __future__ import annotations

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
