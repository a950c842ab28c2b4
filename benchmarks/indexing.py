"""How long a recording takes until it can be replayed or listed by step: its lineage.

    python benchmarks/indexing.py --calls 1000 --agents 100 --rounds 5
    python benchmarks/indexing.py --calls 10000 --agents 100 --rounds 5 --ways lineage

``lineage``   open the recording, ``lineage()``
``parse``     open the recording, read every body and only parse its JSON with orjson
``mitmproxy`` load the same calls from a flow file into mitmproxy's server replay, which hashes them

Each run is its own process, the ways take turns, and the files are warm. Prints seconds and peak
memory (medians), and each way's ratio to ``lineage`` (median over pairs). mitmproxy holds all
bodies: 10,000 calls of 100 agents are 6.6 GB.

The calls are synthetic: one ``initialize``, then ``drive`` calls that continue each other. Bodies
have the real shape and size, and all states are random. Of an agent's 152 recurrent numbers only
the first is; the others are one of a few fixed texts, so that writing takes minutes and not hours.
The rows that lineage reads are like those of a real run with one connection and one seed.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from iai_proxy.api import Exchange, Request, Response
from iai_proxy.recordings import Recording, RecordingWriter

CALL_NS = 50_000_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="keep the files there, or use those that are there",
    )
    parser.add_argument("--run", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        print(json.dumps(measured(WAYS[given.run[0]], Path(given.run[1]))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        write_files(folder, given.calls, given.agents, flows="mitmproxy" in given.ways)
        size = recording_in(folder).stat().st_size / 1e6
        scale = f"{given.calls} calls, {given.agents} agents, {given.rounds} rounds"
        print(f"{scale}, recording {size:.0f} MB")
        found: dict[str, list[tuple[float, float]]] = {way: [] for way in given.ways}
        for _ in range(given.rounds):
            for way in given.ways:
                found[way].append(in_own_process(way, folder))
        report(found)


def report(found: dict[str, list[tuple[float, float]]]) -> None:
    for way, runs in found.items():
        seconds, megabytes = zip(*runs, strict=True)
        spread = f"({min(seconds):.3f} to {max(seconds):.3f})"
        peak = f"peak {statistics.median(megabytes):6.0f} MB"
        print(f"  {way:<9} {statistics.median(seconds):7.3f} s  {spread}  {peak}")
    ours = found.pop("lineage", None)
    for way, theirs in found.items() if ours else ():
        pairs = list(zip(theirs, ours, strict=True))
        slower = statistics.median(their[0] / our[0] for their, our in pairs)
        larger = statistics.median(their[1] / our[1] for their, our in pairs)
        print(f"  {way} / lineage: time {slower:.1f}, memory {larger:.1f}")


def in_own_process(way: str, folder: Path) -> tuple[float, float]:
    command = [sys.executable, __file__, "--run", way, str(folder)]
    seconds, megabytes = json.loads(
        subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    )
    return seconds, megabytes


def measured(way: Callable[[Path], float], folder: Path) -> tuple[float, float]:
    """Seconds that a way takes, and this process's peak memory in megabytes."""
    seconds = way(folder)
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_lineage(folder: Path) -> float:
    begun = time.perf_counter()
    with Recording(recording_in(folder)) as recording:
        lineage = recording.lineage()
        taken = time.perf_counter() - begun
        assert len(lineage.simulations) == 1
        assert sum(len(step.parts) for step in lineage.simulations[0].steps) == len(recording)
    return taken


def run_parse(folder: Path) -> float:
    import orjson

    begun = time.perf_counter()
    with Recording(recording_in(folder)) as recording:
        for exchange in recording.exchanges():
            assert exchange.response
            orjson.loads(exchange.request.body)
            orjson.loads(exchange.response.body)
    return time.perf_counter() - begun


def run_mitmproxy(folder: Path) -> float:
    from mitmproxy import io
    from mitmproxy.addons.serverplayback import ServerPlayback
    from mitmproxy.test import taddons

    playback = ServerPlayback()
    with taddons.context(playback):
        begun = time.perf_counter()
        playback.load_flows(io.read_flows_from_paths([str(flows_in(folder))]))
        return time.perf_counter() - begun


WAYS: dict[str, Callable[[Path], float]] = {
    "lineage": run_lineage,
    "parse": run_parse,
    "mitmproxy": run_mitmproxy,
}


def recording_in(folder: Path) -> Path:
    return folder / "run.iairec"


def flows_in(folder: Path) -> Path:
    return folder / "run.flows"


def write_files(folder: Path, calls: int, agents: int, *, flows: bool) -> None:
    if not recording_in(folder).exists():
        with RecordingWriter(recording_in(folder)) as writer:
            for exchange in exchanges(calls, agents):
                writer.append(lambda made=exchange: made).result()
    if flows and not flows_in(folder).exists():
        from mitmproxy.io import FlowWriter
        from mitmproxy.test import tflow, tutils

        with flows_in(folder).open("wb") as stream:
            for exchange in exchanges(calls, agents):
                assert exchange.response
                request = tutils.treq(method=b"POST", path=b"/drive", content=exchange.request.body)
                FlowWriter(stream).add(
                    tflow.tflow(req=request, resp=tutils.tresp(content=exchange.response.body))
                )


def exchanges(calls: int, agents: int) -> Iterator[Exchange]:
    draw = random.Random(5)
    tails = [", ".join(str(draw.gauss(0, 1)) for _ in range(151)) for _ in range(10)]
    properties = json.dumps(
        [{"agent_type": "car", "length": 4.5, "width": 2.0, "rear_axis_offset": 1.5}] * agents
    )
    inside = json.dumps([True] * agents)
    states = recurrent = "null"
    for number in range(calls):
        asked = (
            f'"location": "canada:vancouver", "agent_properties": {properties}, "random_seed": 1'
        )
        if number:
            asked += f', "agent_states": {states}, "recurrent_states": {recurrent}'
        places = [(draw.uniform(-500, 500), draw.uniform(-500, 500)) for _ in range(agents)]
        states = json.dumps([[x, y, draw.uniform(-3, 3), draw.uniform(0, 15)] for x, y in places])
        recurrent = (
            f"[{', '.join(f'[{draw.gauss(0, 1)}, {draw.choice(tails)}]' for _ in range(agents))}]"
        )
        answer = (
            f'{{"agent_states": {states}, "recurrent_states": {recurrent}, "model_version": "m"'
        )
        answer += f', "is_inside_supported_area": {inside}, "infraction_indicators": []}}'
        yield exchange_of(
            "drive" if number else "initialize", number * CALL_NS, f"{{{asked}}}", answer
        )


def exchange_of(endpoint: str, started: int, asked: str, answer: str) -> Exchange:
    ended = started + CALL_NS // 2
    headers = (("content-type", "application/json"),)
    target = f"/v0/aws/m1/{endpoint}"
    request = Request(
        method="POST",
        scheme="https",
        host="api.inverted.ai",
        port=443,
        target=target,
        http_version="HTTP/1.1",
        headers=headers,
        body=asked.encode(),
        encoding="",
        started_ns=started,
        ended_ns=started,
    )
    response = Response(200, "OK", "HTTP/1.1", headers, answer.encode(), "", started, ended)
    return Exchange("c1", "127.0.0.1:5000", request, response, None, ended)


if __name__ == "__main__":
    main()
