"""`iai-proxy export parquet`: which files it writes, and what becomes of those that are there."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import copy
from typing import Any

import pyarrow.parquet as pq
import pytest
from support.cli import Cli
from support.driven import Answer, Driven
from support.recordings import change

from iai_proxy.tables import TABLES, VERSION


def recorded(path: Path, x: float = 0.0, steps: int = 2) -> Path:
    path.parent.mkdir(exist_ok=True)
    run = Driven().drive(*(Answer([(x + step, 0, 0, 10)]) for step in range(steps)))
    return run.record(path)


def copies(folder: Path, *steps: int) -> None:
    """Recordings of so many steps each: those of as many are copies."""
    made = {count: recorded(folder.parent / f"{count}.iairec", steps=count) for count in set(steps)}
    folder.mkdir()
    for number, count in enumerate(steps):
        copy(made[count], folder / f"{number:02}.iairec")


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    return [
        row
        for path in sorted((folder / table).iterdir())
        for row in pq.ParquetFile(path).read().to_pylist()
    ]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_recordings_of_one_name_are_told_apart_by_their_folders(cli: Cli) -> None:
    for number, name in enumerate("ab"):
        recorded(cli.folder / name / "run.iairec", x=100.0 * number)
    done = cli.invoke("export", "parquet", "a", "b", "-o", "out")
    assert (done.exit_code, done.stderr) == (
        0,
        "iai-proxy: wrote 2 recordings to out; "
        "rows: agents 4, calls 4, lights 0, findings 0, simulations 2\n",
    )
    found = rows(cli.folder / "out", "agents")
    assert [(row["recording"], row["x"]) for row in found] == [
        ("a/run.iairec", 0.0),
        ("a/run.iairec", 1.0),
        ("b/run.iairec", 100.0),
        ("b/run.iairec", 101.0),
    ]


def test_sixteen_recordings_share_a_file_and_each_has_a_row_group(cli: Cli) -> None:
    copies(cli.folder / "runs", *(1 + number % 3 for number in range(17)))
    assert cli.invoke("export", "parquet", "runs", "-o", "out").exit_code == 0
    first, second = (
        pq.ParquetFile(cli.folder / "out/agents" / f"0000{number}.parquet").metadata
        for number in range(2)
    )
    groups = [first.row_group(number) for number in range(first.num_row_groups)]
    assert [group.num_rows for group in groups] == [1 + number % 3 for number in range(16)]
    assert second.num_row_groups == 1
    (schema,) = {group.column(9).compression for group in groups}
    assert schema == "ZSTD"
    names = pq.read_schema(cli.folder / "out/agents/00000.parquet").names
    ordered = [names[key.column_index] for key in groups[0].sorting_columns]
    assert ordered == ["simulation", "branch", "step", "agent"]


def test_files_are_the_same_however_many_processes_work(cli: Cli) -> None:
    copies(cli.folder / "runs", *[1] * 18)
    (cli.folder / "runs/18.iairec").write_text("no recording")
    for jobs, out in (("1", "alone"), ("2", "together")):
        assert cli.invoke("export", "parquet", "-j", jobs, "runs", "-o", out).exit_code == 3
    alone = contents(cli.folder / "alone")
    assert len(alone) == 2 * len(TABLES)
    assert contents(cli.folder / "together") == alone


def test_what_can_not_be_read_is_a_finding_and_not_the_end(cli: Cli) -> None:
    recorded(cli.folder / "sound.iairec")
    damaged = recorded(cli.folder / "damaged.iairec", x=5.0)
    second = "hash = (SELECT response_hash FROM exchange WHERE id = 2)"
    change(damaged, f"DELETE FROM body WHERE {second}")
    (cli.folder / "empty.iairec").touch()
    names = ["absent.iairec", "empty.iairec", "damaged.iairec", "sound.iairec"]
    done = cli.invoke("export", "parquet", *names, "-o", "out")
    assert done.exit_code == 3
    found = rows(cli.folder / "out", "findings")
    assert [(row["recording"], row["name"], row["code"]) for row in found] == [
        (name, "unreadable", None) for name in names[:3]
    ]
    *said, summary = done.stderr.splitlines()
    for name, line, row in zip(names, said, found, strict=False):
        assert name in line
        assert row["message"] in line
    assert summary.startswith("iai-proxy: wrote 2 of 4 recordings to out; rows: agents 4, ")
    calls = [row["recording"] for row in rows(cli.folder / "out", "calls")]
    assert calls == ["damaged.iairec"] * 2 + ["sound.iairec"] * 2


def test_tables_that_are_there_are_replaced_and_nothing_else(cli: Cli) -> None:
    copies(cli.folder / "runs", *[1] * 17)
    single = recorded(cli.folder / "single.iairec")
    assert cli.invoke("export", "parquet", "runs", "-o", "out").exit_code == 0
    (cli.folder / "out/notes.txt").write_text("mine")
    (cli.folder / "out/more").mkdir()
    assert cli.invoke("export", "parquet", single, "-o", "out").exit_code == 0
    assert sorted(path.name for path in (cli.folder / "out").iterdir()) == sorted(
        ["more", "notes.txt", *TABLES]
    )
    assert (cli.folder / "out/notes.txt").read_text() == "mine"
    assert [path.name for path in (cli.folder / "out/agents").iterdir()] == ["00000.parquet"]
    assert len(rows(cli.folder / "out", "agents")) == 2


@pytest.mark.parametrize("name", ["agents/notes.txt", "agents/00000.parquet", "agents"])
def test_what_is_no_table_of_ours_is_not_replaced(cli: Cli, name: str) -> None:
    recorded(cli.folder / "run.iairec")
    foreign = cli.folder / "out" / name
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    done = cli.invoke("export", "parquet", "run.iairec", "-o", "out")
    assert done.exit_code == 2
    assert f"out/{name} is no table of iai-proxy, and would be replaced" in done.stderr
    assert contents(cli.folder / "out") == {name: b"mine"}
    others = cli.invoke("export", "parquet", "run.iairec", "-o", "out", "--table", "calls")
    assert others.exit_code == 0
    assert foreign.read_text() == "mine"


def test_a_file_is_no_folder(cli: Cli) -> None:
    recorded(cli.folder / "run.iairec")
    done = cli.invoke("export", "parquet", "run.iairec", "-o", "run.iairec")
    assert done.exit_code == 2
    assert "run.iairec is no folder: -o names a folder" in done.stderr


def test_only_named_tables_are_written(cli: Cli) -> None:
    recorded(cli.folder / "run.iairec")
    given = ("--table", "simulations", "--table", "calls")
    done = cli.invoke("export", "parquet", "run.iairec", "-o", "out", *given)
    assert done.stderr.endswith("; rows: calls 2, simulations 1\n")
    assert sorted(path.name for path in (cli.folder / "out").iterdir()) == ["calls", "simulations"]


def test_files_say_their_version_and_fields_their_units(cli: Cli) -> None:
    recorded(cli.folder / "run.iairec")
    cli.invoke("export", "parquet", "run.iairec", "-o", "out")
    for table in TABLES:
        (path,) = (cli.folder / "out" / table).iterdir()
        metadata = pq.read_metadata(path).metadata
        assert metadata[b"iai-proxy:tables-version"] == str(VERSION).encode()
        assert metadata[b"iai-proxy:table"] == table.encode()
    schema = pq.read_schema(cli.folder / "out/agents/00000.parquet")
    units = {field.name: (field.metadata or {}).get(b"unit") for field in schema}
    assert units["x"] == units["length"] == b"m"
    assert (units["heading"], units["speed"], units["time"]) == (b"rad", b"m/s", b"s")
    assert units["agent"] is None


def test_without_the_extra_a_sentence_says_what_to_install(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(cli.folder / "run.iairec")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = cli.invoke("export", "parquet", "run.iairec", "-o", "out")
    assert done.exit_code == 2
    assert "export parquet needs what is not installed: `pip install 'iai-proxy[table]'`" in (
        done.stderr
    )
    assert not (cli.folder / "out").exists()


def test_where_nothing_can_be_read_the_tables_that_are_there_stay(cli: Cli) -> None:
    recorded(cli.folder / "run.iairec")
    assert cli.invoke("export", "parquet", "run.iairec", "-o", "out").exit_code == 0
    before = contents(cli.folder / "out")
    done = cli.invoke("export", "parquet", "typo.iairec", "-o", "out")
    assert done.exit_code == 3
    assert done.stderr.endswith(
        "iai-proxy: no recording could be read: the tables in out stay as they were\n"
    )
    assert contents(cli.folder / "out") == before
