"""``show``, ``diagnose``, ``verify`` and ``calls`` of many recordings.

The same is said by one process, by several, and by a Dask cluster.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_runs import log_of, write_log, write_recording  # type: ignore[import-not-found]
from support import jobs
from support.cli import Cli
from support.dask_cluster import dask_cluster
from support.exchanges import exchange
from support.recordings import change

pytest.importorskip("distributed")

from distributed import Client

from iai_proxy.recordings import RecordingWriter

pytestmark = pytest.mark.xdist_group("dask")


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with dask_cluster() as started:
        yield started.scheduler_address


@pytest.fixture
def runs(cli: Cli) -> Cli:
    """Runs of 4, 6 and 2 steps after step 0, the last two with a mistake, and a broken file."""
    folder = cli.folder / "runs"
    folder.mkdir()
    swapped = mistakes.at(2, lambda request: mistakes.swap(request["recurrent_states"]))
    write_recording(folder / "a.iairec", mistakes.run(steps=4))
    write_recording(folder / "b.iairec", mistakes.run(swapped, steps=6, agents=5))
    write_recording(folder / "c.iairec", mistakes.run(swapped, steps=2))
    (folder / "broken.iairec").write_bytes(b"SQLite format 3\0 and nothing more")
    return cli


def ways(runs: Cli, scheduler: str, *arguments: str) -> Result:
    """Run a command in each way; what it says is the same in all."""
    first = runs.invoke(*arguments)
    for options in (["-j", "2"], ["--scheduler", scheduler]):
        done = runs.invoke(*arguments, *options)
        assert done.stdout == first.stdout
        assert done.stderr == first.stderr
        assert done.exit_code == first.exit_code
    return first


def test_show_of_many_is_a_table(runs: Cli, scheduler: str) -> None:
    done = ways(runs, scheduler, "show", "runs")
    assert done.exit_code == 3
    heads, *lines, broken, last, _, total = done.stdout.splitlines()
    assert heads.split() == [
        "recording",
        "sims",
        "steps",
        "agents",
        "calls",
        "failed",
        "length",
        "size",
        "labels",
    ]
    # location_info and initialize, and a call a step, each 25 ms after the one before, of 20 ms
    assert [line.split()[:8] for line in (*lines, last)] == [
        ["runs/a.iairec", "1", "5", "3", "6", "0", "0.14", "s"],
        ["runs/b.iairec", "1", "7", "5", "8", "0", "0.20", "s"],
        ["runs/c.iairec", "1", "3", "3", "4", "0", "0.10", "s"],
    ]
    assert broken == "runs/broken.iairec is not a recording (file is not a database)"
    assert total.startswith("4 recordings: 3 simulations, 15 steps, 18 calls, 0 failed, ")
    assert total.endswith("; 1 can't be read")


def test_show_of_many_as_json_is_an_array(runs: Cli, scheduler: str) -> None:
    assert runs.invoke("label", "runs/a.iairec", "team=blue").exit_code == 0
    done = ways(runs, scheduler, "show", "runs/*.iairec", "--json")
    first, second, broken, _ = json.loads(done.stdout)
    size = (runs.folder / "runs" / "a.iairec").stat().st_size
    assert first == {
        "file": "runs/a.iairec",
        "simulations": 1,
        "steps": 5,
        "agents": 3,
        "calls": 6,
        "failures": 0,
        "first_ns": 1_700_000_000_000_000_000,
        "length_s": 0.145,
        "bytes": size,
        "labels": {"team": "blue"},
        "note": None,
        "problem": None,
    }
    assert second["labels"] == {}
    assert broken["calls"] is None
    assert broken["problem"] == "runs/broken.iairec is not a recording (file is not a database)"


def test_what_grows_and_what_lacks_its_log_is_marked(runs: Cli) -> None:
    """Calls of a recording that is being written are in its log: it is as large as both files."""
    folder = runs.folder / "runs"
    with RecordingWriter(folder / "a.iairec", append=True) as writer:
        writer.append(exchange).result(20)
        files = [folder / name for name in ("a.iairec", "a.iairec-wal")]
        shutil.copy(files[0], folder / "copied.iairec")
        before = sum(file.stat().st_size for file in files)
        done = runs.invoke("show", "runs", "--json")
        after = sum(file.stat().st_size for file in files)
        shown = runs.invoke("show", "runs").stdout.splitlines()
        verified = runs.invoke("verify", "runs")
    rows = {row["file"]: row for row in json.loads(done.stdout)}
    assert {file: row["note"] for file, row in rows.items() if row["note"]} == {
        "runs/a.iairec": "being written",
        "runs/copied.iairec": "its -wal is missing: the latest calls may be",
    }
    assert rows["runs/a.iairec"]["calls"] == 7
    assert before <= rows["runs/a.iairec"]["bytes"] <= after
    assert [line.rpartition("  ")[2] for line in shown if line.endswith("]")] == [
        "[being written]",
        "[its -wal is missing: the latest calls may be]",
    ]
    assert "runs/a.iairec: it is being written: its recorder searches all of it" in verified.stderr


def test_verify_of_many_says_what_was_not_searched(runs: Cli) -> None:
    change(runs.folder / "runs" / "b.iairec", "DELETE FROM derived")
    alone = runs.invoke("verify", "runs/b.iairec").stderr
    assert "searched for keys in their usual forms only" in alone
    assert runs.invoke("verify", "runs/a.iairec", "runs/b.iairec").stderr == alone


def test_what_a_single_word_names_is_said_in_full(runs: Cli) -> None:
    (runs.folder / "runs" / "broken.iairec").unlink()
    full = runs.invoke("show", "runs/c.iairec").stdout
    assert full.startswith("runs/c.iairec: 4 calls over 1 connection")
    for word in ("runs/c*", "runs/[c].iairec"):
        assert runs.invoke("show", word).stdout.startswith("recording ")
    (runs.folder / "runs" / "c.iairec").rename(runs.folder / "runs" / "[c].iairec")
    assert runs.invoke("show", "runs/[c].iairec").stdout == full.replace("runs/c.", "runs/[c].")


def test_verify_of_many_has_a_line_each(runs: Cli, scheduler: str) -> None:
    damaged = runs.folder / "runs" / "c.iairec"
    assert change(damaged, "UPDATE exchange SET status = 500 WHERE id = 2") == 1
    done = ways(runs, scheduler, "verify", "runs")
    assert done.exit_code == 3
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("runs/")] == [
        "runs/a.iairec is intact: 6 calls",
        "runs/b.iairec is intact: 8 calls",
        "runs/broken.iairec is not a recording (file is not a database)",
        "runs/c.iairec is damaged: 3 calls intact, 1 problem",
    ]
    assert lines[-1] == "4 recordings: 2 intact, 1 damaged, 1 can't be read"

    assert ways(runs, scheduler, "verify", "runs/a.iairec", "runs/c.iairec").exit_code == 1
    assert ways(runs, scheduler, "verify", "runs/a.iairec", "runs/b.iairec").exit_code == 0
    listed = json.loads(ways(runs, scheduler, "verify", "runs", "--json").stdout)
    assert [(each["whole"], each["calls"]) for each in listed] == [
        (True, 6), (True, 8), (False, None), (False, 3),
    ]  # fmt: skip


def test_calls_of_many_are_those_of_each(runs: Cli, scheduler: str) -> None:
    done = ways(runs, scheduler, "calls", "runs", "--json")
    assert done.exit_code == 3
    assert "runs/broken.iairec is not a recording" in done.stderr
    single = [
        {"file": file} | call
        for file in ("runs/a.iairec", "runs/b.iairec", "runs/c.iairec")
        for call in json.loads(runs.invoke("calls", file, "--json").stdout)
    ]
    assert json.loads(done.stdout) == single
    fifth = runs.invoke("calls", "runs", "--step", "5")
    assert (
        fifth.stdout
        == f"runs/b.iairec:\n{runs.invoke('calls', 'runs/b.iairec', '--step', '5').stdout}"
    )


def test_diagnose_of_many_begins_with_what_they_have_in_common(runs: Cli, scheduler: str) -> None:
    write_log(runs.folder / "runs" / "log.json", log_of(mistakes.run(steps=3)))
    done = ways(runs, scheduler, "diagnose", "runs")
    assert done.exit_code == 3
    first, second, blank, *rest = done.stdout.splitlines(keepends=True)
    assert first == (
        "error IAI200 recurrent-of-another: 4 findings in 2 of 4 files, for example in "
        "runs/b.iairec, simulation 1, step 2, call 4, agent 0\n"
    )
    assert second == (
        "warning IAI020 recurrent-index-changed: 2 findings in 2 of 4 files, for example in "
        "runs/b.iairec, simulation 1, step 2, call 4, agents 0-1\n"
    )
    assert blank == "\n"
    for name in ("a.iairec", "b.iairec", "broken.iairec", "c.iairec", "log.json"):
        alone = runs.invoke("diagnose", f"runs/{name}").stdout.rpartition("\n\n")[0]
        assert alone.strip() in "".join(rest)


@pytest.mark.parametrize("form", ["json", "junit", "sarif", "sdk"])
def test_diagnoses_in_each_format_are_the_same_everywhere(
    runs: Cli, scheduler: str, form: str
) -> None:
    done = ways(runs, scheduler, "diagnose", "runs", "--format", form)
    assert "runs/b.iairec" in done.stdout
    if form == "json":
        [error, warning] = json.loads(done.stdout)["summary"]["checks"]
        assert (error["code"], error["findings"], error["files"]) == (200, 4, 2)
        assert warning["example"].startswith("runs/b.iairec, simulation 1, step 2")


def test_a_file_that_is_not_there_is_said_among_the_others(runs: Cli, scheduler: str) -> None:
    done = ways(runs, scheduler, "show", "runs/no.iairec", "runs/a.iairec")
    assert done.exit_code == 3
    assert "runs/no.iairec" in done.stdout.splitlines()[1]
    assert done.stdout.splitlines()[2].startswith("runs/a.iairec ")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["-j", "many"], "-j many is no number of processes: give one, or auto"),
        (["-j", "-1"], "-j -1 is no number of processes"),
        (["-j", "2", "--scheduler", "tcp://127.0.0.1:1"], "leave one of the two out"),
        (["--scheduler", "nowhere"], "is no address of a Dask scheduler"),
    ],
)
def test_where_no_one_can_work_is_said(runs: Cli, options: list[str], sentence: str) -> None:
    done = runs.invoke("show", "runs", *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_all_cores_are_auto_or_zero(runs: Cli) -> None:
    shown = runs.invoke("show", "runs/a.iairec", "runs/b.iairec").stdout
    for many in ("auto", "0"):
        done = runs.invoke("show", "runs/a.iairec", "runs/b.iairec", "-j", many)
        assert done.stdout == shown


def test_tables_are_the_same_though_a_worker_is_killed(runs: Cli, scheduler: str) -> None:
    for number in range(30):  # three files of each table
        copied = runs.folder / "runs" / f"more{number}.iairec"
        shutil.copy(runs.folder / "runs" / "b.iairec", copied)
    told = runs.invoke("export", "parquet", "runs", "-o", "here")
    assert told.exit_code == 3
    with Client(scheduler, set_as_default=False) as client:
        client.run(jobs.end_soon, workers=[min(client.nthreads())])
    done = runs.invoke("export", "parquet", "runs", "-o", "there", "--scheduler", scheduler)
    assert done.exit_code == 3
    assert contents(runs.folder / "there") == contents(runs.folder / "here")


def contents(folder: Path) -> dict[Path, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    "words",
    ["show b", "show b --json", "calls b", "calls b --step 9", "verify b", "diagnose b", "show no"],
)
def test_a_single_recording_is_said_in_full_by_a_cluster_too(
    runs: Cli, scheduler: str, words: str
) -> None:
    command, name, *options = words.split()
    arguments = [command, f"runs/{name}.iairec", *options]
    here, there = (runs.invoke(*arguments, *way) for way in ([], ["--scheduler", scheduler]))
    assert (there.stdout, there.stderr, there.exit_code) == (
        here.stdout, here.stderr, here.exit_code,
    )  # fmt: skip
