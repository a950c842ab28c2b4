"""A large drive call: a plain HTTP client with ``/large_drive`` against the SDK's ``large_drive``.

    python benchmarks/large.py --agents 1000 --rounds 5

Both use the same sandbox, in turn, each client in its own process. The SDK talks to the sandbox
itself; the plain client talks to ``iai-proxy record``, which divides its calls and records them.
The time is that of a step as the program sees it: from the agents it holds to the next ones. Memory
is the client's peak with all its imports; "more" is how much the calls add.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from processes import clean_environment

from iai_proxy.sandbox.server import spawned_sandbox

COMMON = """
import json, resource, sys, time
given, url, steps = json.load(open(sys.argv[1])), sys.argv[2], int(sys.argv[3])
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
"""
REPORT = """
print(json.dumps({"before": before, "peak": peak(), "ms": [1000 * seconds for seconds in took]}))
"""
PLAIN = f"""{COMMON}
import http.client
connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=300)
before, took = peak(), []
for step in range(steps):
    begun = time.perf_counter()
    body = json.dumps({{**given, "random_seed": step}})
    connection.request("POST", "/large_drive", body, {{"content-type": "application/json"}})
    response = connection.getresponse()
    answer = json.loads(response.read())
    assert response.status == 200, answer
    for name in ("agent_states", "recurrent_states", "light_recurrent_states"):
        given[name] = answer[name]
    took.append(time.perf_counter() - begun)
{REPORT}"""
SDK = f"""{COMMON}
import os
os.environ |= {{"IAI_DEV": "1", "IAI_DEV_URL": url}}
import invertedai as iai
from invertedai.common import AgentProperties, AgentState, LightRecurrentState, RecurrentState
states = [AgentState.fromlist(state) for state in given["agent_states"]]
properties = [AgentProperties.deserialize(sizes) for sizes in given["agent_properties"]]
recurrent = [RecurrentState.fromval(numbers) for numbers in given["recurrent_states"]]
lights = [
    LightRecurrentState(state=state, time_remaining=left)
    for state, left in given["light_recurrent_states"]
]
before, took = peak(), []
for step in range(steps):
    begun = time.perf_counter()
    answer = iai.large_drive(
        given["location"],
        agent_states=states,
        agent_properties=properties,
        recurrent_states=recurrent,
        light_recurrent_states=lights,
        random_seed=step,
    )
    states, recurrent = answer.agent_states, answer.recurrent_states
    lights = answer.light_recurrent_states
    took.append(time.perf_counter() - begun)
{REPORT}"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3, help="of each client in each round")
    given = parser.parse_args()
    found: dict[str, list[dict[str, float]]] = {"plain": [], "SDK": []}
    with tempfile.TemporaryDirectory() as name, spawned_sandbox() as sandbox:
        folder = Path(name)
        command = [sys.executable, "-m", "iai_proxy", "record", "-o", str(folder / "run.iairec")]
        command += ["--listen", "127.0.0.1:0", "--reverse-listen", "127.0.0.1:0"]
        command += ["--upstream", sandbox.url]
        proxy = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert proxy.stdout is not None
        url = next(
            line.split("'" if "'" in line else "=")[1]
            for line in proxy.stdout
            if "IAI_DEV_URL" in line
        ).strip()
        try:
            (folder / "call.json").write_text(json.dumps(call(given.agents, url)))
            for _ in range(given.rounds):
                for client, program, server in (("plain", PLAIN, url), ("SDK", SDK, sandbox.url)):
                    found[client].append(
                        measured(program, folder / "call.json", server, given.steps)
                    )
        finally:
            proxy.send_signal(signal.SIGTERM)
            proxy.communicate()
    print(f"{given.agents} agents, {given.rounds} rounds of {given.steps} steps, medians")
    print(f"  {'client':<8}{'ms a step':>12}{'peak MB':>10}{'more MB':>10}")
    for client, rows in found.items():
        step, peak, more = (
            statistics.median(row[key] for row in rows) for key in ("ms", "peak", "more")
        )
        print(f"  {client:<8}{step:>12.0f}{peak:>10.0f}{more:>10.0f}")
    for key, label in (("ms", "time"), ("peak", "peak memory")):
        pairs = zip(found["SDK"], found["plain"], strict=True)
        ratio = statistics.median(sdk[key] / plain[key] for sdk, plain in pairs)
        print(f"  SDK / plain, {label}: {ratio:.1f}")


def call(count: int, url: str) -> dict[str, object]:
    """Place agents on streets, and return a call that moves them."""
    query = urlencode(
        {"location": "sandbox:grid", "width": 400, "height": 400, "agents": count * 3 // 2}
    )
    regions = urlopen(f"{url}/regions?{query}").read()
    placed = json.loads(urlopen(Request(f"{url}/large_initialize", regions)).read())
    room = len(placed["agent_states"])  # about 970; the others stand beside the first of these
    lists = {
        name: [placed[name][number % room] for number in range(count)]
        for name in ("agent_states", "agent_properties", "recurrent_states")
    }
    lists["agent_states"] = [
        [x, y + 2.5 * (n // room), *rest] for n, (x, y, *rest) in enumerate(lists["agent_states"])
    ]
    return {
        "location": "sandbox:grid",
        **lists,
        "light_recurrent_states": placed["light_recurrent_states"],
    }


def measured(program: str, path: Path, url: str, steps: int) -> dict[str, float]:
    environment = clean_environment()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(path), url, str(steps)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    row = json.loads(done.stdout.splitlines()[-1])
    return {
        "ms": statistics.median(row["ms"]),
        "peak": row["peak"],
        "more": row["peak"] - row["before"],
    }


if __name__ == "__main__":
    main()
