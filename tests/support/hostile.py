"""Recordings and logs made to do harm, and a process with little memory that reads them."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import orjson
import zstandard

from iai_proxy.recordings.checksums import add_checksums
from support.exchanges import exchange
from support.recordings import write

#: Of address space, with everything that is loaded.
MOST_MEMORY = 2_500_000_000
#: The tables whose rows have checksums.
SUMMED = ("exchange", "request_key", "observation", "derived", "meta")
#: A reader of lines: each a command's arguments as JSON. Prints what came of it.
READER = """
import json, resource, sys
from click.testing import CliRunner
from iai_proxy.cli import group
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
for line in sys.stdin:
    done = CliRunner().invoke(group, json.loads(line), prog_name="iai-proxy")
    print(json.dumps([done.exit_code, done.output + done.stderr]), flush=True)
"""
CAR = {"length": 4.5, "width": 1.8, "rear_axis_offset": 1.2, "agent_type": "car"}
STATE = b"[1.0, 2.0, 0.0, 1.0]"


def request(**more: Any) -> bytes:
    body = {
        "location": "carla:Town03",
        "agent_states": [[1.0, 2.0, 0.0, 1.0], [9.0, 2.0, 0.0, 1.0]],
        "agent_properties": [CAR] * 2,
        "recurrent_states": [[0.5] * 152, [0.25] * 152],
        "random_seed": 3,
    }
    return json.dumps(body | more).encode()


def answer(step: int = 0, **more: Any) -> bytes:
    body = {
        "agent_states": [[1.1, 2.0, 0.0, 1.0], [9.1, 2.0, 0.0, 1.0]],
        "recurrent_states": [[0.5 + step] * 152, [0.25 + step] * 152],
        "is_inside_supported_area": [True] * 2,
        "model_version": "x",
    }
    return json.dumps(body | more).encode()


def zeros(count: int) -> bytes:
    """A frame of a few kilobytes that holds many zeros."""
    return zstandard.ZstdCompressor(write_checksum=True).compress(bytes(count))


#: Bodies of a call, each pair beside usual ones.
BODIES: dict[str, tuple[bytes, bytes]] = {
    "half a surrogate pair": (request(location="\ud800"), answer()),
    "lists in lists": (b"[" * 100_000, b'{"agent_states":' + b"[" * 900 + b"]" * 900 + b"}"),
    "5000 digits": (request(random_seed=0).replace(b": 0,", b": " + b"9" * 5000 + b","), answer()),
    "400 digits": (
        request().replace(STATE, b"[NaN, " + b"9" * 400 + b", -Infinity, 1e999]"),
        answer().replace(b"[1.1,", b"[" + b"8" * 4000 + b","),
    ),
    "other types": (
        request(agent_properties={"a": 1}, location=5, random_seed="x"),
        answer(
            recurrent_states={"a": 1}, traffic_lights_states=[1], infraction_indicators=5,
            is_inside_supported_area={"a": 2}, birdview="!!!",
        ),
    ),
    "states of anything": (
        request(agent_states=[["a", "b", "c", "d"], [1e308] * 4, [None] * 4, {}]),
        answer(
            agent_states=[[1e308] * 4, [{}] * 4, [[]] * 4],
            traffic_lights_states={"\ud800": "\x1b[2J", "5" * 5000: "red"},
        ),
    ),
    "agents beyond count": (json.dumps({"num_agents_to_spawn": 10**18}).encode(), answer()),
}  # fmt: skip
#: What may be done to a recording of four calls, in SQL.
CHANGES: dict[str, tuple[str, bytes | None]] = {
    "a frame that becomes 1 GB": (
        "UPDATE body SET codec = 'zstd', size = 1000000000, data = ? WHERE rowid = 1",
        zeros(10**9),
    ),
    "a size beyond all": (f"UPDATE body SET codec = 'zstd', size = {2**62}, data = ?", zeros(9)),
    "a negative size": ("UPDATE body SET size = -5", None),
    "ten million runs": (
        "UPDATE body SET codec = 'agents', size = 30000000, data = ?",
        b"\0\0" + zeros(30_000_000),
    ),
    "times at the ends of time": (
        f"UPDATE exchange SET request_started_ns = {2**63 - 1}, ended_ns = {-(2**63)}, "
        f"response_started_ns = {-(2**63)}",
        None,
    ),
    "times the other way round": (
        f"UPDATE exchange SET request_started_ns = {-(2**63)}, ended_ns = {2**63 - 1}",
        None,
    ),
    "characters that steer a terminal": (
        f"UPDATE exchange SET status = {2**63 - 1}, port = -1, host = char(27) || '[2J', "
        "method = char(10), target = '/' || char(0), reason = char(10), client = ''",
        None,
    ),
    "headers in headers": (f"UPDATE exchange SET request_headers = '{'[' * 1000}'", None),
    "headers that are none": ("""UPDATE exchange SET request_headers = '["ab", "cd"]'""", None),
    "text that is no UTF-8": ("UPDATE exchange SET target = CAST(x'ff2f' AS TEXT)", None),
    "numbers far apart": (f"UPDATE exchange SET id = {2**63 - 1} - id", None),
    "numbers below zero": ("UPDATE exchange SET id = -id", None),
}
#: Heads of observations: agents by the trillion, or of no kind.
OBSERVATIONS: list[Any] = [
    [[1], None, [0, "f", False, 0]],
    {"a": 1},
    [None, [2**40, "b", False, -(2**42)], [0, "f", False, 2], 0, True, "", "x", None, None, None,
     "", "", "", True],
    [None, [0, "f", False, 2], [0, "f", False, 2], 10**18, True, "00", "x", None, None, ["a", "b"],
     "00", "00", "00", True],
]  # fmt: skip
#: What may be written over the stored lineage, member by member.
LINEAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "positions by the trillion": lambda stored: stored.update(own=[10**12] * len(stored["own"])),
    "agents that are none": lambda stored: stored.update(agents=[[10**12, "x"]] * 9),
    "facts that are none": lambda stored: stored.update(facts=[[1] * 13] * 9),
    "more agents than there are": lambda stored: [
        fact.__setitem__(-1, 10**6) for fact in stored["facts"]
    ],
    "steps in a circle": lambda stored: stored.update(
        steps=[[0, *step[1:]] for step in stored["steps"]]
    ),
    "no simulations": lambda stored: stored.update(simulations=[]),
}


def hostile_recordings(folder: Path) -> Iterator[tuple[str, Path]]:
    """Make recordings, one after the other, and yield each with what is wrong with it."""
    made = folder / "made.iairec"
    write(made, *(exchange(request(), answer(step)) for step in range(4)))
    for name, (asked, answered) in BODIES.items():
        path = folder / "bodies.iairec"
        path.unlink(missing_ok=True)
        write(path, exchange(request(), answer()), exchange(asked, answered), exchange(request()))
        yield name, path
        changed(path, "UPDATE exchange SET endpoint = 'initialize'")
        yield f"{name}, initialize", path
    path = folder / "changed.iairec"
    for name, (statement, data) in CHANGES.items():
        shutil.copy(made, path)
        changed(path, statement, data)
        yield name, path
    for head in OBSERVATIONS:
        shutil.copy(made, path)
        text = orjson.dumps(head)
        data = len(text).to_bytes(4, "little") + text + zlib.compress(b"", wbits=-10) * 2
        changed(path, "UPDATE observation SET data = ?", data)
        changed(path, "DELETE FROM derived")
        yield f"observation {text[:20]!r}", path
    for name, change in LINEAGES.items():
        shutil.copy(made, path)
        changed(path, "UPDATE derived SET data = ?", _lineage(made, change))
        yield name, path


def changed(path: Path, statement: str, data: bytes | None = None) -> None:
    """Change a recording; all its checksums are right again, as whoever means harm would do it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, () if data is None else (data,))
        with suppress(sqlite3.OperationalError):  # what is no UTF-8 has no checksum
            add_checksums(connection, {table: columns(connection, table) for table in SUMMED})


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns that a checksum is over."""
    found = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    return [name for name in found if name != "checksum"]


def _lineage(path: Path, change: Callable[[dict[str, Any]], object]) -> bytes:
    with closing(sqlite3.connect(path)) as connection:
        (data,) = connection.execute("SELECT data FROM derived").fetchone()
    stored = orjson.loads(data[16:])
    change(stored)
    text = orjson.dumps(stored)
    return hashlib.blake2b(text, digest_size=16).digest() + text


class Reader:
    """Runs commands in a process with little memory."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", READER, str(MOST_MEMORY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path) -> tuple[int, str]:
        """Return the exit code of a command and what it printed."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{json.dumps([*map(str, arguments)])}\n")
        self._process.stdin.flush()
        code, printed = json.loads(self._process.stdout.readline() or '[-9, "it died"]')
        return code, printed

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.communicate()


def commands(path: Path, out: Path) -> Iterator[Sequence[str | Path]]:
    """Yield commands that read a recording."""
    for name in ("show", "calls", "diagnose", "verify"):
        yield name, path
    yield "call", path, "2"
    yield "step", path, "1"
    yield "diff", path, path
    yield "export", "debug-log", path, "-o", out / "log.json"
    yield "export", "scenario", path, "-o", out / "scenario.json"
    yield "export", "har", path, "-o", out / "run.har"
    yield "export", "mcap", path, "-o", out / "run.mcap"
    yield "export", "pytest", path, "-o", out / "test_run.py"
    yield "render", path, "-o", out / "page.html"
