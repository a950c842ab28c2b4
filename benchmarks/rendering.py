"""Pictures of a run: ``iai-proxy render`` against the SDK's ``LogReader.visualize``.

    python benchmarks/rendering.py --agents 20 --steps 100 --sizes 800 2048 --rounds 5

One run is recorded and written as a scenario log, at a sandbox. The SDK draws the log, and asks the
sandbox for the map; ``render`` draws the recording, offline. Both draw the same steps of the same
200 m in as many pixels, and take turns. The SDK's time is that of ``visualize`` alone; ours is that
of the whole command, with the start of Python. Prints medians and their ratios: seconds, seconds of
processor time, bytes of the file.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from processes import clean_environment

from iai_proxy.sandbox.server import running_sandbox

LOCATION = "canada:drake_street_and_pacific_blvd"
FORMATS = ("gif", "webp", "png")
DRIVE = """
import sys
import matplotlib
matplotlib.use("agg")
import invertedai as iai
from invertedai.common import AgentProperties
location, agents, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
properties = [AgentProperties(agent_type="car") for _ in range(agents)]
answer = iai.initialize(location, agent_properties=properties, random_seed=3)
info = iai.location_info(location, rendering_fov=200)
writer = iai.LogWriter()
writer.initialize(location=location, location_info_response=info, init_response=answer)
properties = answer.agent_properties
for seed in range(steps - 1):
    answer = iai.drive(
        location, agent_states=answer.agent_states, agent_properties=properties,
        recurrent_states=answer.recurrent_states, random_seed=seed,
        light_recurrent_states=answer.light_recurrent_states,
    )
    writer.drive(drive_response=answer)
writer.export_to_file("run.json")
"""
VISUALIZE = """
import json, sys, time
import matplotlib
matplotlib.use("agg")
import invertedai as iai
size, dpi = int(sys.argv[1]), int(sys.argv[2])
reader = iai.LogReader("run.json")
begun, used = time.perf_counter(), time.process_time()
reader.visualize(
    "theirs.gif", fov=200, resolution=(size, size), dpi=dpi, map_center=(0, 0), direction_vec=True
)
print(json.dumps([time.perf_counter() - begun, time.process_time() - used]))
"""
Figures = tuple[float, float, int]  # seconds, seconds of processor time, bytes


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--sizes", type=int, nargs="+", default=[800, 2048])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_sandbox() as sandbox:
        environment = {**clean_environment(), "IAI_API_KEY": "none"}
        drive = [sys.executable, "-c", DRIVE, LOCATION, str(given.agents), str(given.steps)]
        recording = ["record", "-o", "run.iairec", "--upstream", sandbox.url, "--", *drive]
        run([sys.executable, "-m", "iai_proxy", *recording], Path(folder), environment)
        environment |= {"IAI_DEV": "1", "IAI_DEV_URL": sandbox.url}
        for size in given.sizes:
            found: dict[str, list[Figures]] = {name: [] for name in ("sdk", *FORMATS)}
            for _ in range(given.rounds):
                found["sdk"].append(theirs(Path(folder), environment, size))
                for name in FORMATS:
                    found[name].append(ours(Path(folder), environment, size, name))
            report(size, found)


def theirs(folder: Path, environment: Mapping[str, str], size: int) -> Figures:
    """Draw as the SDK does; at its usual size with its usual dots per inch."""
    dpi = 300 if size >= 2048 else 100
    command = [sys.executable, "-c", VISUALIZE, str(size), str(dpi)]
    seconds, used = json.loads(run(command, folder, environment))
    return seconds, used, (folder / "theirs.gif").stat().st_size


def ours(folder: Path, environment: Mapping[str, str], size: int, name: str) -> Figures:
    command = [sys.executable, "-m", "iai_proxy", "render", "run.iairec", "-o", f"ours.{name}"]
    command += ["--size", f"{size}x{size}", "--fov", "200", "--center", "0,0"]
    begun, used = time.perf_counter(), children_s()
    run(command, folder, environment)
    seconds, used = time.perf_counter() - begun, children_s() - used
    return seconds, used, (folder / f"ours.{name}").stat().st_size


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def children_s() -> float:
    """Return how much processor time the processes took that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(size: int, found: Mapping[str, Sequence[Figures]]) -> None:
    print(f"{size} x {size} pixels")
    usual = [statistics.median(column) for column in zip(*found["sdk"], strict=True)]
    for name, figures in found.items():
        seconds, used, count = (statistics.median(column) for column in zip(*figures, strict=True))
        ratios = (usual[0] / seconds, usual[1] / used, usual[2] / count)
        print(
            f"  {name:5}{seconds:8.2f} s{used:8.2f} s of processor{count / 1000:8.0f} kB"
            f"   the SDK takes {ratios[0]:.1f}, {ratios[1]:.1f}, {ratios[2]:.1f} times as much"
        )


if __name__ == "__main__":
    main()
