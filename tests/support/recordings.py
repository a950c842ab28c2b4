"""Making recordings, also in other processes, and looking into them without our reader."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random

from iai_proxy.api import Exchange
from iai_proxy.recordings import RecordingWriter
from iai_proxy.recordings.checksums import add_checksums
from iai_proxy.recordings.queries import TABLES
from support.exchanges import exchange, request

TESTS = Path(__file__).parents[1]

#: A process that records some calls, says that it is ready, and closes when it is told to.
WAITING_WRITER = """
    import sys
    from pathlib import Path
    from support.exchanges import exchange
    from iai_proxy.recordings import RecordingWriter
    writer = RecordingWriter(Path(sys.argv[1]))
    for number in range(int(sys.argv[2])):
        writer.append(lambda: exchange(str(number).encode() * 1000)).result()
    print("ready", flush=True)
    sys.stdin.readline()
    writer.close()
"""


def write(path: Path, *exchanges: Exchange, append: bool = False) -> list[int]:
    """Record exchanges, and return their numbers."""
    with RecordingWriter(path, append=append) as writer:
        futures = [writer.append(partial(_itself, exchange)) for exchange in exchanges]
        return [future.result(20) for future in futures]


def chained(calls: int) -> list[Exchange]:
    """Each request sends back the recurrent states of the answer before it."""
    random = Random(11)
    made, rows = [], [[0.5, random.random()] * 40 for _ in range(3)]
    for number in range(calls):
        asked = {"location": "x", "recurrent_states": rows, "random_seed": number}
        rows = [[number + 0.25, random.randrange(1 << 20) / 1024] * 40 for _ in range(3)]
        answer = {"agent_states": [[0.0] * 4] * 3, "recurrent_states": rows}
        drive = request(json.dumps(asked).encode(), target="/drive")
        made.append(exchange(drive, json.dumps(answer).encode()))
    return made


def change(path: Path, statement: str, *values: object) -> int:
    """Change a recording with SQL, and return how many rows were changed."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).rowcount


def reseal(path: Path) -> None:
    """Make the checksums of a changed recording anew: then it is what someone recorded."""
    with closing(sqlite3.connect(path)) as connection, connection:
        add_checksums(connection, TABLES)


def make_older(path: Path, version: int) -> None:
    """Make a recording as one of format 2 or 3 was, with the same calls."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN checksum")
        for side in ("request", "response"):
            connection.execute(f"ALTER TABLE exchange DROP COLUMN {side}_bytes")
        if version < 3:
            connection.execute("DROP TABLE derived")
        connection.execute(f"PRAGMA user_version = {version}")


def damage_answers(path: Path, *calls: int) -> None:
    """Spoil the packed bodies of these calls' answers."""
    for call in calls:
        answer = "hash = (SELECT response_hash FROM exchange WHERE id = ?)"
        assert change(path, f"UPDATE body SET data = x'00' WHERE {answer}", call) == 1


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """What the file holds, read without our reader."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def python(code: str, *arguments: object, stderr: int | None = None) -> subprocess.Popen[str]:
    """Another process that writes recordings."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def _itself(exchange: Exchange) -> Exchange:
    return exchange
