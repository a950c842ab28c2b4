"""How long it takes until there is something to see of a recording.

    python benchmarks/scenes.py --calls 1000 --agents 100 --rounds 5
    python benchmarks/scenes.py --calls 10000 --agents 100 --rounds 5 --keep FOLDER

``first``    a recording that is read in batches: until its first step can be drawn
``all``      the same: until all batches are read, and how the run ends can be drawn
``plain``    open the recording and make all frames, without what only bodies tell
``details``  the same, with lights, infractions and who is outside

Each run is its own process, the ways take turns, and the files are warm. Prints seconds and peak
memory (medians). The calls are those of ``bodies.py``.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from recorded import write_recording

from iai_proxy.recordings import Recording
from iai_proxy.scene.growing import GrowingRun
from iai_proxy.scene.recorded import RecordedRun


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="keep the recording there, or use the one that is there",
    )
    parser.add_argument("--run", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        print(json.dumps(measured(WAYS[given.run[0]], Path(given.run[1]))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        if not recording_in(folder).exists():
            write_recording(folder, given.calls, given.agents)
        print(f"{given.calls} calls, {given.agents} agents, {given.rounds} rounds")
        found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
        for _ in range(given.rounds):
            for way in WAYS:
                found[way].append(in_own_process(way, folder))
        report(found)


def report(found: dict[str, list[tuple[float, float]]]) -> None:
    for way, runs in found.items():
        seconds, megabytes = zip(*runs, strict=True)
        spread = f"({min(seconds):.3f} to {max(seconds):.3f})"
        peak = f"peak {statistics.median(megabytes):6.0f} MB"
        print(f"  {way:<8} {statistics.median(seconds):7.3f} s  {spread}  {peak}")


def recording_in(folder: Path) -> Path:
    return folder / "run.iairec"


def measured(way: Callable[[Path], float], folder: Path) -> tuple[float, float]:
    """Seconds that a way takes, and this process's peak memory in megabytes."""
    seconds = way(folder)
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_own_process(way: str, folder: Path) -> tuple[float, float]:
    command = [sys.executable, __file__, "--run", way, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes


def run_first(folder: Path) -> float:
    begun = time.perf_counter()
    run = GrowingRun(recording_in(folder))
    assert run.poll()
    assert run.scene(steps=range(1)).frames[0].agents
    taken = time.perf_counter() - begun
    run.close()
    return taken


def run_all(folder: Path) -> float:
    begun = time.perf_counter()
    run = GrowingRun(recording_in(folder))
    while run.more:
        run.poll()
    last = run.simulations[0].branches[0].last
    assert run.scene(steps=range(last, last + 1)).frames[0].agents
    taken = time.perf_counter() - begun
    run.close()
    return taken


def run_plain(folder: Path) -> float:
    return _whole(folder, details=False)


def run_details(folder: Path) -> float:
    return _whole(folder, details=True)


def _whole(folder: Path, *, details: bool) -> float:
    begun = time.perf_counter()
    with Recording(recording_in(folder)) as recording:
        scene = RecordedRun(recording).scene(details=details)
        taken = time.perf_counter() - begun
        assert len(scene.frames) == len(recording)
    return taken


WAYS: dict[str, Callable[[Path], float]] = {
    "first": run_first,
    "all": run_all,
    "plain": run_plain,
    "details": run_details,
}


if __name__ == "__main__":
    main()
