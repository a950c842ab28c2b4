"""All checks, and ``--format sdk``, against the SDK's own tool on one debug log, in turn.

    python benchmarks/diagnosing.py --agents 100 --steps 200 --rounds 5
    python benchmarks/diagnosing.py --agents 100 --steps 200 --rounds 5 --spoilt
    python benchmarks/diagnosing.py --agents 100 --alone 10000

The log is synthetic, in the format of the SDK's DebugLogger: agents that drive straight ahead, with
recurrent states of 152 doubles, all sent back unmodified. With ``--spoilt``, the first number of
each recurrent state is sent with four digits. ``--alone`` measures only ours, on a long log. All
read the log from its file. 10,000 steps of 100 agents are 6.6 GB; to write them quickly, only the
first number of each recurrent state is new at each step, so that no two are equal.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import math
import random
import re
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.result import Diagnosis
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.diagnosis.sdk_tool.inputs import log_sdk_report
from iai_proxy.logs.importing import import_debug_log

_BEGUN = datetime(2026, 1, 2, tzinfo=UTC)
_STAMP = "%Y-%m-%d_%H:%M:%S:%f"
#: The first number of a recurrent state, with its first four digits after the point.
_FIRST = re.compile(r"(?<=\[)(-?\d+\.\d{4})\d*(?:e-\d+)?(?=, )")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--spoilt", action="store_true", help="a client that changes every agent at every step"
    )
    parser.add_argument(
        "--alone",
        type=int,
        metavar="STEPS",
        help="only ours, on a log of this many steps, with its peak memory",
    )
    parser.add_argument(
        "--sdk-format", action="store_true", help="with --alone: --format sdk, not all checks"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.json"
        with log.open("w") as stream:
            write_log(stream, given.agents, given.alone or given.steps, spoilt=given.spoilt)
        megabytes = log.stat().st_size / 1e6
        print(f"{given.agents} agents, {given.alone or given.steps} steps, {megabytes:.0f} MB")
        if given.alone:
            print_alone(log, sdk_format=given.sdk_format)
        else:
            print_compared(log, given.rounds)


def print_alone(log: Path, *, sdk_format: bool) -> None:
    begun = time.perf_counter()
    if sdk_format:
        result = f"{sum(1 for _ in log_sdk_report(log))} lines"
    else:
        result = summed_up(diagnosed(log, ALL))
    taken = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  ours {taken:8.2f} s, {result}, peak memory of the process {peak:.0f} MB")


def print_compared(log: Path, rounds: int) -> None:
    import invertedai  # 0.7 s and 89 MB, which --alone does not need

    recording = log.with_suffix(".iairec")
    import_debug_log(log, recording)

    def sdk() -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            invertedai.DiagnosticTool(str(log)).full_diagnostic_test()
        return printed.getvalue()

    ways: dict[str, Callable[[], str]] = {
        "SDK": sdk,
        "--format sdk": lambda: "".join(f"{line}\n" for line in log_sdk_report(log)),
        "diagnose LOG": lambda: summed_up(diagnosed(log, ALL)),
        "diagnose FILE": lambda: summed_up(diagnosed(recording, ALL)),
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    results: dict[str, str] = {}
    for _ in range(rounds):
        for way, run in ways.items():
            results[way], seconds = timed(run)
            taken[way].append(seconds)
    assert results["--format sdk"] == results["SDK"]
    for way, seconds in taken.items():
        ratios = sorted(theirs / ours for theirs, ours in zip(taken["SDK"], seconds, strict=True))
        shown = ", ".join(f"{ratio:.1f}" for ratio in ratios)
        ratio = f"SDK / it {statistics.median(ratios):.1f} ({shown})"
        print(f"  {way:14} {statistics.median(seconds):8.3f} s, {ratio}")
    print(f"  found: {results['diagnose LOG']}; {results['diagnose FILE']}")


def summed_up(found: Diagnosis) -> str:
    if found.error or found.note:
        raise RuntimeError(found.error or found.note)
    codes = sorted({located.check.code for located in found.located})
    return f"{found.steps} steps, {len(found.located)} findings {codes}"


def timed(run: Callable[[], str]) -> tuple[str, float]:
    gc.collect()
    begun = time.perf_counter()
    result = run()
    return result, time.perf_counter() - begun


def write_log(stream: TextIO, agents: int, steps: int, *, spoilt: bool = False) -> None:
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
    answer = {
        "agent_properties": properties,
        "agent_states": [],
        "recurrent_states": [],
        "model_version": "m",
    }
    states, recurrent = next(states_of_steps(agents, 1))
    answer |= {"agent_states": json.loads(states), "recurrent_states": json.loads(recurrent)}
    asked = {
        "location": "canada:vancouver",
        "agent_properties": properties,
        "states_history": None,
        "random_seed": 1,
    }
    stream.write(f'"initialize_requests": [{json.dumps(json.dumps(asked))}], ')
    stream.write(f'"initialize_responses": [{json.dumps(json.dumps(answer))}], "drive_requests": [')
    for step, (states, recurrent) in enumerate(states_of_steps(agents, steps)):
        sent = _FIRST.sub(r"\1", recurrent) if spoilt else recurrent
        request = (
            f'{{"location": "canada:vancouver", "agent_states": {states}, "agent_attributes": null'
        )
        request += f', "agent_properties": {json.dumps(properties)}, "recurrent_states": {sent}'
        request += (
            ', "traffic_lights_states": null, "light_recurrent_states": null, "random_seed": 1}'
        )
        stream.write(f"{', ' if step else ''}{json.dumps(request)}")
    stream.write('], "drive_responses": [')
    inside = json.dumps([True] * agents)
    for step, (states, recurrent) in enumerate(states_of_steps(agents, steps + 1)):
        if step:  # the next request sends what this response returned
            response = (
                f'{{"agent_states": {states}, "recurrent_states": {recurrent}, "birdview": null'
            )
            response += f', "infraction_indicators": [], "is_inside_supported_area": {inside}'
            response += ', "traffic_lights_states": null, "light_recurrent_states": null'
            response += ', "model_version": "m"}'
            stream.write(f"{', ' if step > 1 else ''}{json.dumps(response)}")
    for side, later in (("request", 0), ("response", 25)):
        placed = _BEGUN + timedelta(seconds=later / 1000 - 1)
        stream.write(f'], "initialize_{side}_timestamps": ["{placed:{_STAMP}}"')
        stream.write(f'], "drive_{side}_timestamps": [')
        times = (_BEGUN + timedelta(milliseconds=100 * step + later) for step in range(steps))
        stream.write(", ".join(f'"{time:{_STAMP}}"' for time in times))
    stream.write("]}")


def states_of_steps(agents: int, steps: int) -> Iterator[tuple[str, str]]:
    """Yield each step's states and recurrent states as JSON, the same at every call."""
    draw = random.Random(5)
    tails = [json.dumps([draw.gauss(0, 1) for _ in range(151)])[1:] for _ in range(agents)]
    states = [
        [draw.uniform(-500, 500), draw.uniform(-500, 500), draw.uniform(-3, 3), draw.uniform(1, 15)]
        for _ in range(agents)
    ]
    for _ in range(steps):
        recurrent = ", ".join(f"[{draw.gauss(0, 1)!r}, {tail}" for tail in tails)
        yield json.dumps(states), f"[{recurrent}]"
        for state in states:
            state[0] += state[3] * math.cos(state[2]) * 0.1
            state[1] += state[3] * math.sin(state[2]) * 0.1


if __name__ == "__main__":
    main()
