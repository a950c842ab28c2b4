"""Files of stored calls, made by the proxies themselves.

    python benchmarks/recorded.py FOLDER --calls 1000 --agents 100

puts ``run.iairec`` into a folder.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bodies import Stored
from calling import called
from processes import measured, running
from upstream import upstream
from ways import Way, Ways


def all_called(way: Way, stored: Path, folder: Path) -> None:
    """Make the calls of all chains over a way."""
    with running(way.command, way.port, folder / f"{time.monotonic_ns()}.log"):
        for number in range(len(Stored(stored))):
            called(way.calls(stored, chains=(number,), compared=True))


def packed(recording: Path) -> float:
    """Pack what a recorder had no time for, and return the CPU seconds that this took.

    What the command takes where nothing is left to be packed is not among them.
    """
    command = [sys.executable, "-m", "iai_proxy", "pack", str(recording)]
    taken, for_nothing = measured(command).cpu_s, measured(command).cpu_s
    return max(0.0, taken - for_nothing)


def write_recording(folder: Path, calls: int, agents: int) -> Path:
    """Record one chain of calls into ``run.iairec`` in a folder; returns the recording."""
    recording = folder / "run.iairec"
    with upstream(folder, agents=agents) as up:
        way = Ways(folder).record(up, recording)
        with running(way.command, way.port, folder / "record.log"):
            called(way.calls(agents=agents, count=calls))
    return recording


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--agents", type=int, default=100)
    given = parser.parse_args()
    given.folder.mkdir(exist_ok=True)
    print(write_recording(given.folder, given.calls, given.agents))


if __name__ == "__main__":
    main()
