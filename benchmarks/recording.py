"""What recording costs: the same run of the real SDK in five ways, in turn.

    python benchmarks/recording.py --agents 100 --steps 30 100 --rounds 5

``direct``   to the sandbox itself, plain HTTP
``mitmdump`` through mitmdump without addons (connection_strategy=lazy, as ours), over TLS
``record``   through iai-proxy record, over TLS
``no-check`` the same without the checks that are made meanwhile
``logger``   direct, with the SDK's own debug log (IAI_LOGGER_PATH)

Prints the seconds of the run's drive calls (median), and the ratio of ``record`` to each other way
(median over pairs).
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from processes import clean_environment, free_port, mitmdump, running

from iai_proxy.client.authority import Authority
from iai_proxy.client.trust import bundle
from iai_proxy.sandbox.server import SandboxSettings, spawned_sandbox

CLIENT = """
import sys, time
import invertedai as iai
from invertedai.common import AgentProperties
agents, steps = int(sys.argv[1]), int(sys.argv[2])
response = iai.initialize("sandbox:grid", random_seed=1,
    agent_properties=[AgentProperties(agent_type="car") for _ in range(agents)])
properties = response.agent_properties
begun = time.perf_counter()
for _ in range(steps):
    response = iai.drive(
        "sandbox:grid",
        agent_states=response.agent_states,
        agent_properties=properties,
        recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states,
        random_seed=1,
    )
print(time.perf_counter() - begun)
"""
WAYS = ("direct", "mitmdump", "record", "no-check", "logger")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--steps", type=int, nargs="+", default=[30, 100])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, spawned_sandbox(SandboxSettings()) as sandbox:
        bench = Bench(Path(folder), sandbox.url, given.agents)
        for steps in given.steps:
            times: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(given.rounds):
                for way in WAYS:
                    times[way].append(bench.run(way, steps))
            report(times, given.agents, steps)
            recording, log = bench.recording_bytes / 1e6, bench.log_bytes / 1e6
            print(f"  recording {recording:.1f} MB, SDK's log {log:.1f} MB\n")


def report(times: dict[str, list[float]], agents: int, steps: int) -> None:
    print(f"{agents} agents, {steps} steps, {len(times['direct'])} rounds")
    for way, found in times.items():
        low, high = min(found), max(found)
        print(f"  {way:<9} {statistics.median(found):7.3f} s  ({low:.3f} to {high:.3f})")
    for way in ("direct", "mitmdump", "no-check", "logger"):
        ratios = [ours / theirs for ours, theirs in zip(times["record"], times[way], strict=True)]
        print(f"  record / {way:<9} {statistics.median(ratios):6.3f}")


class Bench:
    def __init__(self, folder: Path, url: str, agents: int) -> None:
        self._folder, self._url, self._agents = folder, url, agents
        self.recording_bytes = self.log_bytes = 0
        self._authority = Authority.ensure(folder / "ca")
        self._clean = clean_environment()

    def run(self, way: str, steps: int) -> float:
        client = [sys.executable, "-c", CLIENT, str(self._agents), str(steps)]
        direct = {**self._clean, "IAI_DEV": "1", "IAI_DEV_URL": self._url}
        if way == "direct":
            return self._time(client, direct)
        if way == "logger":
            logs = Path(tempfile.mkdtemp(dir=self._folder))
            seconds = self._time(client, {**direct, "IAI_LOGGER_PATH": str(logs)})
            self.log_bytes = sum(path.stat().st_size for path in logs.iterdir())
            return seconds
        if way in {"record", "no-check"}:
            recording = self._folder / f"{time.monotonic_ns()}.iairec"
            ours = [sys.executable, "-m", "iai_proxy", "record", "-o", str(recording)]
            ours += ["--no-check"] if way == "no-check" else []
            ours += ["--upstream", self._url, "--"]
            environment = {**self._clean, "IAI_PROXY_CA_DIR": str(self._authority.folder)}
            seconds = self._time([*ours, *client], environment)
            self.recording_bytes = recording.stat().st_size
            return seconds
        with self._mitmdump() as port:
            proxies = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), f"http://127.0.0.1:{port}")
            roots = str(bundle(self._authority, {}))
            return self._time(client, {**self._clean, **proxies, "REQUESTS_CA_BUNDLE": roots})

    def _time(self, command: list[str], environment: dict[str, str]) -> float:
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        )
        return float(done.stdout)

    @contextlib.contextmanager
    def _mitmdump(self) -> Iterator[int]:
        """Run mitmdump, sending the API's calls to the sandbox."""
        port = free_port()
        options = {
            "confdir": str(self._authority.folder),
            "connection_strategy": "lazy",
            "upstream_cert": "false",
            "map_remote": f"|https://api.inverted.ai/|{self._url}/",
        }
        with running(mitmdump(port, options), port):
            yield port


if __name__ == "__main__":
    main()
