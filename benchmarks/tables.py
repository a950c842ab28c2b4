"""`export parquet` of many recordings of 100 agents and 100 steps, and queries over the tables.

    python benchmarks/tables.py --recordings 1000 --rounds 3
    python benchmarks/tables.py --recordings 200 --keep FOLDER

Each recording is a file of its own, a copy of one. The ways take turns:

``export parquet -j 1``, ``-j 2``     all tables, findings included
``the SDK's logs, read with json``    the same runs' debug logs, parsed with Python's json into the
                                      columns of `agents` alone, and written by pyarrow

Seconds and CPU milliseconds are those of a recording; memory is the most that all processes held
together. Queries are DuckDB's, over the tables of all recordings.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from figures import Rows
from limits import Limits
from processes import measured
from recorded import packed, write_recording

AGENTS, STEPS = 100, 100
RECORDINGS = 100
TINY = (2, 3, 2)  # agents, steps, recordings
LOGS = "the SDK's logs, read with json"
JOBS = (1, 2)

QUERIES = {
    "how fast, by type": "SELECT type, count(*), avg(speed) FROM agents GROUP BY ALL",
    "collisions by model version": """
        SELECT c.location, c.model_version, count(*) FROM agents a
        JOIN calls c ON c.recording = a.recording AND c.call = a.call
        WHERE a.collision GROUP BY ALL""",
    "hard braking": """
        WITH changes AS (SELECT *, (speed - lag(speed) OVER steps) / 0.1 AS acceleration FROM agents
            WHERE trunk AND NOT ego
            WINDOW steps AS (PARTITION BY recording, simulation, agent ORDER BY step))
        SELECT count(*) FROM changes WHERE acceleration <= -4""",
    "latency by hour": """
        SELECT hour(started AT TIME ZONE 'UTC'), quantile_cont(duration_ms, 0.95) FROM calls
        GROUP BY ALL""",
    "findings by code": "SELECT code, count(DISTINCT recording) FROM findings GROUP BY ALL",
}

QUERY = """
import json, sys, time
import duckdb
folder, queries = sys.argv[1], json.loads(sys.argv[2])
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")  # it would be printed among the figures
for table in ("agents", "calls", "findings"):
    connection.execute(f"CREATE VIEW {table} AS FROM '{folder}/{table}/*.parquet'")
taken = {}
for name, query in queries.items():
    begun = time.perf_counter()
    connection.execute(query).fetchall()
    taken[name] = time.perf_counter() - begun
print(json.dumps(taken))
"""

READ_LOGS = """
import json, sys
from pathlib import Path
import pyarrow, pyarrow.parquet
log, count, out = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
out.mkdir(exist_ok=True)
STATE = ("x", "y", "heading", "speed")
for number in range(count):
    found = json.loads(log.read_text())
    names = ["recording", "step", "agent", *STATE, *(f"sent_{name}" for name in STATE), "length",
        "width", "rear_axis_offset", "type", "inside", "collision", "offroad", "wrong_way"]
    columns = {name: [] for name in names}
    calls = zip(found["drive_requests"], found["drive_responses"])
    for step, (asked, got) in enumerate(calls, start=1):
        asked, got = json.loads(asked), json.loads(got)
        rows = zip(got["agent_states"], asked["agent_states"], asked["agent_properties"],
            got["is_inside_supported_area"], got["infraction_indicators"])
        for agent, (state, sent, sizes, inside, flags) in enumerate(rows):
            values = [number, step, agent, *state, *sent, sizes["length"], sizes["width"],
                sizes["rear_axis_offset"], sizes["agent_type"], inside, *flags]
            for name, value in zip(names, values):
                columns[name].append(value)
    table = pyarrow.table(columns)
    pyarrow.parquet.write_table(table, out / f"{number}.parquet", compression="zstd")
"""


class Made(NamedTuple):
    """What the ways read.

    Attributes:
        runs: the folder of the recordings.
        count: how many they are.
        log: the SDK's debug log of such a run.
    """

    runs: Path
    count: int
    log: Path


def run(limits: Limits, folder: Path, *, tiny: bool = False) -> Rows:
    agents, steps, count = TINY if tiny else (AGENTS, STEPS, RECORDINGS)
    return measure(limits, made(folder / "tables", agents, steps, count), folder)


def measure(limits: Limits, made: Made, folder: Path) -> Rows:
    rows = Rows("tables")
    for _ in limits.rounds():
        for jobs in JOBS:
            out = folder / "out"
            given = ("export", "parquet", "-j", str(jobs), str(made.runs), "-o", str(out))
            _add(rows, f"export parquet -j {jobs}", made.count, "-m", "iai_proxy", *given)
        for name, seconds in _queried(out):
            rows.add({"seconds": seconds}, query=name, recordings=made.count)
        rows.add(_sizes(made, out), what="kB a recording", recordings=made.count)
        # A few tell how long one takes: the rest would take minutes.
        _add(rows, LOGS, few := min(made.count, 5), "-c", READ_LOGS, made.log, few, folder / "json")
    return rows


def made(folder: Path, agents: int, steps: int, count: int) -> Made:
    """Make recordings, or use those that are there."""
    runs, log = folder / "runs", folder / "log.json"
    runs.mkdir(parents=True, exist_ok=True)
    first = runs / "0000.iairec"
    if not first.exists():
        recording = write_recording(folder, steps, agents)
        packed(recording)
        shutil.copy(recording, first)
        export = ("export", "debug-log", str(first), "-o", str(log))
        subprocess.run([sys.executable, "-m", "iai_proxy", *export], check=True)
    for number in range(count):
        copy = runs / f"{number:04}.iairec"
        if not copy.exists():
            shutil.copy(first, copy)
    return Made(runs, count, log)


def _add(rows: Rows, way: str, count: int, *arguments: object) -> None:
    found = measured([sys.executable, *map(str, arguments)])
    figures = {
        "seconds": found.seconds,
        "ms": found.seconds / count * 1e3,
        "cpu_ms": found.cpu_s / count * 1e3,
        "memory_mb": found.memory_mb,
    }
    rows.add(figures, way=way)


def _queried(out: Path) -> Iterator[tuple[str, float]]:
    command = [sys.executable, "-c", QUERY, str(out), json.dumps(QUERIES)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    yield from json.loads(done.stdout).items()


def _sizes(made: Made, out: Path) -> dict[str, float]:
    sizes = {
        "recording": (made.runs / "0000.iairec").stat().st_size,
        "log": made.log.stat().st_size,
        "tables": sum(path.stat().st_size for path in out.rglob("*.parquet")) / made.count,
    }
    return {f"{name}_kb": size / 1e3 for name, size in sizes.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recordings", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the recordings there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        runs = made(folder, AGENTS, STEPS, given.recordings)
        measure(Limits(given.rounds, 3600), runs, Path(temporary))


if __name__ == "__main__":
    main()
