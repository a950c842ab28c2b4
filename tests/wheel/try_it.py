"""Tries an installed iai-proxy where nothing else is: no checkout, no SDK, no tools of tests.

`make wheel` runs it with the Python of such an environment, in an empty folder. A client of the
standard library drives the sandbox; recorded and replayed it gets the same answers.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import iai_proxy

CLIENT = """
import hashlib, json, urllib.request

def call(endpoint, **body):
    request = urllib.request.Request(
        f"https://api.inverted.ai/v0/aws/m1/{endpoint}",
        data=json.dumps(body).encode(),
        headers={"x-api-key": "a-key-of-no-one", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)

state = call("initialize", location="sandbox:ring", num_agents_to_spawn=3, random_seed=1)
properties = state["agent_properties"]
for _ in range(3):
    state = call(
        "drive",
        location="sandbox:ring",
        agent_states=state["agent_states"],
        agent_properties=properties,
        recurrent_states=state["recurrent_states"],
    )
print(hashlib.sha256(json.dumps(state["agent_states"]).encode()).hexdigest())
"""


def run(*arguments: str) -> str:
    """Run a command of the installed iai-proxy, and return what it prints."""
    command = [str(Path(sys.executable).with_name("iai-proxy")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    """Record, look, replay and export; end with 1 at the first that does not do it."""
    installed = Path(iai_proxy.__file__)
    assert Path(sys.prefix) in installed.parents, f"{installed} is not what was installed"
    Path("client.py").write_text(CLIENT)
    client = ("--", sys.executable, "client.py")
    recorded = run("record", "-o", "run.iairec", "--upstream", "sandbox", *client)
    assert "is intact: 4 calls" in run("verify", "run.iairec")
    assert run("replay", "run.iairec", "--fail-on-miss", *client) == recorded
    assert "3 agents" in run("show", "run.iairec")
    run("render", "run.iairec", "-o", "run.html")
    run("export", "parquet", "run.iairec", "-o", "tables")
    run("export", "mcap", "run.iairec", "-o", "run.mcap")
    with iai_proxy.open("run.iairec") as opened:
        assert [call.endpoint for call in opened.calls] == ["initialize", "drive", "drive", "drive"]
        assert len(opened.agents().pandas()) == 12
    assert Path(run("addon", "record").strip()).read_text().startswith('"""')
    print(f"iai-proxy {iai_proxy.__version__} works on Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
