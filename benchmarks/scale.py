"""Commands that read a recording, at 1,000 and 10,000 steps of 100 agents: time and peak memory.

Each command is measured once at each size, on the recordings that `long_run` made; ``show`` and
``replay``, which are short, three times. They are compared with a process that only reads every
body and parses it with orjson.
"""

from __future__ import annotations

import socket
import sys
import tempfile
from pathlib import Path

import long_run
from figures import Rows
from limits import Limits
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
SHORT_ONES = 3
#: What each command has at least, also where the section's time is over.
LEAST_S = 20.0


def run(limits: Limits, folder: Path, *, tiny: bool = False) -> Rows:
    rows, made = Rows("scale"), Ways(folder)
    for length in long_run.TINY if tiny else long_run.LENGTHS:
        measure = Measure(rows, limits, length, long_run.recording_of(folder, length))
        for _ in range(SHORT_ONES):
            measure.command("show")
            _ready(rows, length, made, measure.recording)
        measure.command("diagnose")
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            out = ("-o", str(Path(scratch) / "out.json"))
            for format_ in reversed(EXPORTS):  # the one that takes longest comes last
                measure.command("export", format_, *out)
        measure.program("parse all bodies", "-c", PARSE, str(measure.recording))
    return rows


class Measure:
    """Measures commands on one recording, each as long as the section's time allows."""

    def __init__(self, rows: Rows, limits: Limits, length: int, recording: Path) -> None:
        self._rows, self._limits, self._length = rows, limits, length
        self.recording = recording

    def command(self, name: str, *arguments: str) -> None:
        words = (name, *(each for each in arguments[:1] if each in EXPORTS))
        given = (*words, str(self.recording), *arguments[len(words) - 1 :])
        self.program(" ".join(words), "-m", "iai_proxy", *given)

    def program(self, name: str, *arguments: str) -> None:
        most_s = max(self._limits.left_s, LEAST_S)
        try:
            found = measured([sys.executable, *arguments], most_s=most_s)
        except TimeoutError:
            self._limits.notes.append(
                f"`{name}` at {self._length:,} steps was cut short after {most_s:.0f} s: "
                "the time was over."
            )
            return
        self._rows.add(found._asdict(), command=name, calls=self._length)


def _ready(rows: Rows, length: int, made: Ways, recording: Path) -> None:
    """How soon a replay listens, and what it holds then."""
    way = made.replay(recording)
    with running(way.command, way.port, recording.with_suffix(".log")) as proxy:
        seconds = proxy.ready_s
        with socket.create_connection(("127.0.0.1", way.port)):
            found = {"seconds": seconds, "memory_mb": proxy.memory_mb()}
    rows.add(found, command="replay, until it listens", calls=length)
