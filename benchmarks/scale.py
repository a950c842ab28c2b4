"""Commands that read a recording, at 1,000 and 10,000 steps of 100 agents: time and peak memory.

Each command is measured once at each size, on the recordings that `long_run` made; ``show`` and
``replay`` as often as there are rounds. They are compared with a process that only reads every body
and parses it with orjson.
"""

from __future__ import annotations

import socket
import sys
import tempfile
from pathlib import Path

import long_run
from figures import Rows
from processes import measured, running
from ways import Ways

PARSE = """
import sys
from pathlib import Path
import orjson
from iai_proxy.recordings import Recording
with Recording(Path(sys.argv[1])) as recording:
    for exchange in recording.exchanges():
        orjson.loads(exchange.request.body)
        orjson.loads(exchange.response.body)
"""
EXPORTS = ("debug-log", "scenario")


def run(rounds: int, folder: Path, *, tiny: bool = False) -> Rows:
    rows, made = Rows("scale"), Ways(folder)
    for length in long_run.TINY if tiny else long_run.LENGTHS:
        recording = long_run.recording_of(folder, length)
        for _ in range(rounds):
            _measure(rows, length, "show", recording)
            _ready(rows, length, made, recording)
        _measure(rows, length, "diagnose", recording)
        for format_ in EXPORTS:
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                out = ("-o", str(Path(scratch) / "out.json"))
                _measure(rows, length, "export", format_, recording, *out)
        found = measured([sys.executable, "-c", PARSE, str(recording)])
        rows.add(found._asdict(), command="parse all bodies", calls=length)
    return rows


def _measure(rows: Rows, length: int, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", "iai_proxy", *map(str, arguments)]
    words = [each for each in arguments[:2] if isinstance(each, str)]
    rows.add(measured(command)._asdict(), command=" ".join(words), calls=length)


def _ready(rows: Rows, length: int, made: Ways, recording: Path) -> None:
    """How soon a replay listens, and what it holds then."""
    way = made.replay(recording)
    with running(way.command, way.port, recording.with_suffix(".log")) as proxy:
        seconds = proxy.ready_s
        with socket.create_connection(("127.0.0.1", way.port)):
            found = {"seconds": seconds, "memory_mb": proxy.memory_mb()}
    rows.add(found, command="replay, until it listens", calls=length)
