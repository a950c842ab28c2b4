"""What an answer of a replay costs, against mitmproxy's own server replay of the same calls.

    python benchmarks/replaying.py --calls 1000 --agents 20 100 --rounds 5

``exact``    the recorded requests as they are; server replay finds each by a hash of its content
``seedless`` the same with new seeds; server replay ignores the content and answers in recorded
             order
``step``     the same with new seeds and the agents in reverse order; server replay as for
             ``seedless``, which gives agents each other's answers; ours is put together agent by
             agent

The client is its own process. It makes one call after another over one TLS connection through the
proxy, and accepts gzip as the SDK does. The ways take turns. Each run has a new proxy, which has
loaded everything and answered the first two calls before the clock starts. Prints calls per second,
the latency's median and 99th percentile (medians of all rounds), and each way's ratio to server
replay (median over pairs).

Without a proxy, it also measures our own time for an answer (deciding and putting together), and
the time from an unopened recording to the first answer at level ``step``.

The calls are synthetic, as in ``indexing.py``.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
from indexing import exchanges, flows_in, recording_in, write_files
from processes import free_port, mitmdump, running

from iai_proxy.api import DEFAULT_IGNORED, Endpoint
from iai_proxy.client.authority import Authority
from iai_proxy.player.recorded_calls import replayer_for
from iai_proxy.player.responses import assembled_answer, recorded_reply, replayed
from iai_proxy.recordings import Recording
from iai_proxy.replay import Assemble, IncomingRequest, MatchRules, Serve

WAYS = ("exact", "seedless", "step")
HOST = "api.inverted.ai"
HEADERS = {"content-type": "application/json", "accept-encoding": "gzip, deflate"}
Figures = tuple[float, float, float]  # calls/s, median s, 99th percentile s


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--agents", type=int, nargs="+", default=[20, 100])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--client", nargs=4, metavar=("WAY", "BODIES", "PORT", "CA"), help=argparse.SUPPRESS
    )
    given = parser.parse_args()
    if given.client:
        way, bodies, port, ca = given.client
        print(json.dumps(asked(way, Path(bodies), int(port), ca)))
        return
    for agents in given.agents:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), given.calls, agents)
            found: dict[str, list[Figures]] = {
                f"{who} {way}": [] for way in WAYS for who in ("ours", "theirs")
            }
            for _ in range(given.rounds):
                for way in WAYS:
                    found[f"theirs {way}"].append(bench.run(way, ours=False))
                    found[f"ours {way}"].append(bench.run(way, ours=True))
            print(f"{agents} agents, {given.calls} calls, {given.rounds} rounds")
            for way in WAYS:
                report(way, found[f"ours {way}"], found[f"theirs {way}"])
            for way in WAYS:
                report_own(way, bench.own(way))
            taken = statistics.median(bench.first_step() for _ in range(given.rounds))
            print(f"  from the file to the first answer at level step: {taken:.3f} s\n", flush=True)


def report(way: str, ours: list[Figures], theirs: list[Figures]) -> None:
    for name, runs in (("iai-proxy", ours), ("server replay", theirs)):
        rate, middle, high = (statistics.median(column) for column in zip(*runs, strict=True))
        latency = f"{middle * 1e3:6.2f} ms   99th {high * 1e3:6.2f} ms"
        print(f"  {way:<9}{name:<14}{rate:7.0f} calls/s   {latency}")
    pairs = list(zip(ours, theirs, strict=True))
    rate, middle, high = (
        statistics.median(own[figure] / other[figure] for own, other in pairs)
        for figure in range(3)
    )
    ratios = f"{rate:7.2f}           {middle:6.2f}           {high:6.2f}"
    print(f"  {way:<9}{'ratio':<14}{ratios}", flush=True)


def report_own(way: str, seconds: list[float]) -> None:
    middle, high = percentiles(seconds)
    print(f"  {way:<9}own time      {middle * 1e3:6.2f} ms   99th {high * 1e3:6.2f} ms")


def percentiles(seconds: list[float]) -> tuple[float, float]:
    return statistics.median(seconds), sorted(seconds)[max(0, -(-len(seconds) * 99 // 100) - 1)]


class Bench:
    def __init__(self, folder: Path, calls: int, agents: int) -> None:
        self._folder = folder
        write_files(folder, calls + 1, agents, flows=False)  # the first is the initialize
        self._write_flows(calls + 1, agents)
        self._bodies = folder / "bodies"
        self._bodies.write_bytes(
            b"\n".join(made.request.body for made in exchanges(calls + 1, agents))
        )
        self._authority = Authority.ensure(folder / "ca")

    def run(self, way: str, *, ours: bool) -> Figures:
        with self._ours(way) if ours else self._theirs(way) as port:
            client = [sys.executable, __file__, "--client", way, str(self._bodies), str(port)]
            done = subprocess.run(
                [*client, str(self._authority.path)], stdout=subprocess.PIPE, check=True
            )
        rate, middle, high = json.loads(done.stdout)
        return rate, middle, high

    def own(self, way: str) -> list[float]:
        """Our own time for each answer, from the bytes of the request to those of the answer."""
        with Recording(recording_in(self._folder)) as recording:
            replayer = replayer_for(recording, MatchRules(way, DEFAULT_IGNORED))
            found = []
            for number, body in enumerate(wanted(way, self._bodies)):
                endpoint = "drive" if number else "initialize"
                begun = time.perf_counter()
                decision = replayer.decide(
                    IncomingRequest(
                        Endpoint(endpoint), "POST", f"/{endpoint}", body, DEFAULT_IGNORED
                    )
                )
                assert isinstance(decision, Serve | Assemble)
                asked = tuple(HEADERS.items())
                if isinstance(decision, Serve):
                    recorded_reply(recording, decision, asked)
                else:
                    answer = assembled_answer(recording, decision)
                    replayed(answer, decision.numbers[0], decision.level, asked)
                found.append(time.perf_counter() - begun)
                assert number == 0 or decision.level == way
        return found[2:]  # the first drive waits for the index

    def first_step(self) -> float:
        """Seconds from an unopened recording to the first answer that needs its steps."""
        bodies = wanted("step", self._bodies)
        next(bodies)
        request = IncomingRequest(Endpoint.DRIVE, "POST", "/drive", next(bodies), DEFAULT_IGNORED)
        begun = time.perf_counter()
        with Recording(recording_in(self._folder)) as recording:
            rules = MatchRules("step", DEFAULT_IGNORED)
            decision = replayer_for(recording, rules).decide(request)
            assert isinstance(decision, Assemble)
            assembled_answer(recording, decision)
        return time.perf_counter() - begun

    def _write_flows(self, calls: int, agents: int) -> None:
        from mitmproxy import http
        from mitmproxy.io import FlowWriter
        from mitmproxy.test import tflow

        kind = {"content-type": "application/json"}
        with flows_in(self._folder).open("wb") as stream:
            for made in exchanges(calls, agents):
                assert made.response
                request = http.Request.make(
                    "POST", f"https://{HOST}{made.request.target}", made.request.body, kind
                )
                response = http.Response.make(200, made.response.body, kind)
                FlowWriter(stream).add(tflow.tflow(req=request, resp=response))

    @contextlib.contextmanager
    def _ours(self, way: str) -> Iterator[int]:
        port = free_port()
        command = [sys.executable, "-m", "iai_proxy", "replay", str(recording_in(self._folder))]
        command += ["--match", way, "--listen", f"127.0.0.1:{port}"]
        with running(command, port, IAI_PROXY_CA_DIR=str(self._authority.folder)):
            yield port

    @contextlib.contextmanager
    def _theirs(self, way: str) -> Iterator[int]:
        port = free_port()
        options = {
            "confdir": str(self._authority.folder),
            "connection_strategy": "lazy",
            "upstream_cert": "false",
            "server_replay": str(flows_in(self._folder)),
            "server_replay_extra": "kill",
            "server_replay_refresh": "false",
            "server_replay_ignore_content": "false" if way == "exact" else "true",
        }
        with running(mitmdump(port, options), port):
            yield port


# The client


def asked(way: str, bodies: Path, port: int, ca: str) -> Figures:
    first, *others = list(wanted(way, bodies))
    connection = http.client.HTTPSConnection(
        "127.0.0.1", port, context=ssl.create_default_context(cafile=ca)
    )
    connection.set_tunnel(HOST, 443)
    ask(connection, "initialize", first)
    ask(connection, "drive", others[0])  # waits for our index
    seconds = []
    begun = time.perf_counter()
    for body in others[1:]:
        started = time.perf_counter()
        ask(connection, "drive", body)
        seconds.append(time.perf_counter() - started)
    return len(seconds) / (time.perf_counter() - begun), *percentiles(seconds)


def ask(connection: http.client.HTTPSConnection, endpoint: str, body: bytes) -> None:
    connection.request("POST", f"/v0/aws/m1/{endpoint}", body, HEADERS)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {content[:1000].decode(errors='replace')}")


def wanted(way: str, bodies: Path) -> Iterator[bytes]:
    """The recorded requests as a client of this way sends them."""
    seeds = random.Random(1)
    for number, body in enumerate(bodies.read_bytes().split(b"\n")):
        if way == "exact" or not number:
            yield body
        elif way == "seedless":
            yield body.replace(
                b'"random_seed": 1', b'"random_seed": %d' % seeds.randrange(2, 10**6)
            )
        else:
            request = orjson.loads(body)
            for name in ("agent_states", "recurrent_states", "agent_properties"):
                request[name].reverse()
            yield orjson.dumps({**request, "random_seed": seeds.randrange(2, 10**6)})


if __name__ == "__main__":
    main()
