"""``--format sdk`` against the SDK's own tool on one debug log, interleaved; and ours alone on a long one.

python benchmarks/diagnosing.py --agents 100 --steps 200 --rounds 5
python benchmarks/diagnosing.py --agents 100 --alone 10000

The log is synthetic: drawn states and recurrent states of 152 doubles, every agent handed on unmodified, written in
the format of the SDK's DebugLogger. Both read it from the file. 10,000 steps of 100 agents are 6.1 GB; to make them
quickly, recurrent states are taken from ten drawn ones, so that each step's differ from the last one's.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from iai_proxy.store.sdk_report import log_sdk_report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--alone", type=int, metavar="STEPS", help="ours alone on so many steps, with its peak memory")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.json"
        with log.open("w") as stream:
            write_log(stream, given.agents, given.alone or given.steps)
        print(f"{given.agents} agents, {given.alone or given.steps} steps, {log.stat().st_size / 1e6:.0f} MB")
        if given.alone:
            print_alone(log)
        else:
            print_compared(log, given.rounds)


def print_alone(log: Path) -> None:
    begun = time.perf_counter()
    lines = sum(1 for _ in log_sdk_report(log))
    taken = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  ours {taken:8.2f} s, {lines} lines, peak memory of the process {peak:.0f} MB")


def print_compared(log: Path, rounds: int) -> None:
    import invertedai  # 0.7 s and 89 MB, which the run alone need not have

    def sdk() -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            invertedai.DiagnosticTool(str(log)).full_diagnostic_test()
        return printed.getvalue()

    def own() -> str:
        return "".join(f"{line}\n" for line in log_sdk_report(log))

    ours, theirs = [], []
    for _ in range(rounds):
        said, taken = timed(own)
        ours.append(taken)
        expected, taken = timed(sdk)
        theirs.append(taken)
        assert said == expected
    ratios = [sdk / own for sdk, own in zip(theirs, ours, strict=True)]
    print(f"  ours {statistics.median(ours):8.3f} s\n  SDK  {statistics.median(theirs):8.3f} s")
    print(f"  SDK / ours {statistics.median(ratios):.1f} ({', '.join(f'{ratio:.1f}' for ratio in sorted(ratios))})")


def timed(run: Callable[[], str]) -> tuple[str, float]:
    gc.collect()
    begun = time.perf_counter()
    result = run()
    return result, time.perf_counter() - begun


def write_log(stream: TextIO, agents: int, steps: int) -> None:
    """Write a log as the SDK's DebugLogger does, text by text."""
    stream.write("{")
    properties = [
        {
            "length": 4 + number / 1000,
            "width": 2.0,
            "rear_axis_offset": 1.5,
            "agent_type": "car",
            "waypoint": None,
            "waypoints": None,
            "max_speed": None,
        }
        for number in range(agents)
    ]
    answer = {"agent_properties": properties, "agent_states": [], "recurrent_states": [], "model_version": "m"}
    stream.write(f'"initialize_responses": [{json.dumps(json.dumps(answer))}], "drive_requests": [')
    for step, (states, recurrent) in enumerate(states_of_steps(agents, steps)):
        request = f'{{"location": "canada:vancouver", "agent_states": {states}, "agent_attributes": null'
        request += f', "agent_properties": {json.dumps(properties)}, "recurrent_states": {recurrent}'
        request += ', "traffic_lights_states": null, "light_recurrent_states": null, "random_seed": 1}'
        stream.write(f"{', ' if step else ''}{json.dumps(request)}")
    stream.write('], "drive_responses": [')
    inside = json.dumps([True] * agents)
    for step, (states, recurrent) in enumerate(states_of_steps(agents, steps + 1)):
        if step:  # what a step answers is what the next one asks
            response = f'{{"agent_states": {states}, "recurrent_states": {recurrent}, "birdview": null'
            response += f', "infraction_indicators": [], "is_inside_supported_area": {inside}'
            response += ', "traffic_lights_states": null, "light_recurrent_states": null, "model_version": "m"}'
            stream.write(f"{', ' if step > 1 else ''}{json.dumps(response)}")
    stream.write("]}")


def states_of_steps(agents: int, steps: int) -> Iterator[tuple[str, str]]:
    """Yield each step's states and recurrent states as JSON, the same at every call."""
    draw = random.Random(5)
    drawn = [json.dumps([[draw.gauss(0, 1) for _ in range(152)] for _ in range(agents)]) for _ in range(10)]
    for step in range(steps):
        places = [(draw.uniform(-500, 500), draw.uniform(-500, 500)) for _ in range(agents)]
        yield (
            json.dumps([[x, y, draw.uniform(-3, 3), draw.uniform(0, 15)] for x, y in places]),
            drawn[step % len(drawn)],
        )


if __name__ == "__main__":
    main()
