"""The real SDK through a real mitmdump, whose files become recordings like our own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from support.cli import Cli

from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import Sandbox

pytest.importorskip("invertedai")

SECRET = "a-key-of-someone-4711"
CLIENT = """
import hashlib
import invertedai as iai
from invertedai.common import AgentProperties
location = "canada:drake_street_and_pacific_blvd"
info = iai.location_info(location, rendering_fov=100)
seen = hashlib.sha256(info.model_dump_json().encode())
response = iai.initialize(location, random_seed=4, get_infractions=True,
    agent_properties=[AgentProperties(agent_type="car") for _ in range(5)])
properties = response.agent_properties
for step in range(4):
    states = response.agent_states
    if step == 2:
        states[0].center.x += 0.5  # which is a finding
    seen.update(response.model_dump_json().encode())
    response = iai.drive(location, agent_states=states, agent_properties=properties,
        recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states,
        get_infractions=True, random_seed=4)
seen.update(response.model_dump_json().encode())
print(seen.hexdigest())
"""
#: Puts mitmdump between the client and whatever proxy it is given.
THROUGH_MITMDUMP = """
import os, signal, socket, subprocess, sys, time
from pathlib import Path
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
proxy, trusted = os.environ["HTTPS_PROXY"], os.environ["REQUESTS_CA_BUNDLE"]
mitmdump = str(Path(sys.executable).with_name("mitmdump"))
recorder = subprocess.Popen([mitmdump, "-q", "-p", str(port), "--listen-host", "127.0.0.1",
    "--mode", f"upstream:{proxy}", "--set", f"ssl_verify_upstream_trusted_ca={trusted}",
    "--set", "confdir=mitm", "-w", "run.mitm", "--set", "hardump=run.har"],
    stdout=subprocess.DEVNULL)
for _ in range(400):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        break
    except OSError:
        time.sleep(0.05)
url = f"http://127.0.0.1:{port}"
variables = {"HTTPS_PROXY": url, "https_proxy": url,
    "REQUESTS_CA_BUNDLE": str(Path("mitm/mitmproxy-ca-cert.pem").resolve())}
code = subprocess.run([sys.executable, "client.py"], env={**os.environ, **variables}).returncode
recorder.send_signal(signal.SIGINT)
recorder.wait(20)
sys.exit(code)
"""


def recorded_twice(cli: Cli, sandbox: Sandbox) -> str:
    """Record the client's calls by our proxy, and by mitmdump before it."""
    (cli.folder / "client.py").write_text(CLIENT)
    (cli.folder / "through.py").write_text(THROUGH_MITMDUMP)
    done = cli.run(
        "record", "-o", "ours.iairec", "--upstream", sandbox.url, "--", sys.executable,
        "through.py", env={"IAI_API_KEY": SECRET},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (cli.folder / "run.mitm").exists(), done.stderr
    return done.stdout


def tree_of(path: Path) -> list[object]:
    """Who drove which agents on, step by step, without the times."""
    with Recording(path) as recording:
        return [
            [(step.index, step.calls, step.parent and step.parent.calls, len(step.agents))
             for step in simulation.steps]
            for simulation in recording.lineage().simulations
        ]  # fmt: skip


def findings_of(cli: Cli, name: str) -> str:
    found = cli.invoke("diagnose", name, "--format", "json")
    assert json.loads(found.stdout)
    return found.stdout.replace(name, "FILE")


def test_what_mitmdump_has_recorded_is_as_good_as_our_own_recording(
    cli: Cli, sandbox: Sandbox
) -> None:
    printed = recorded_twice(cli, sandbox)
    for name in ("run.mitm", "run.har"):
        made = cli.invoke("import", name, "-o", f"{name}.iairec")
        assert (made.exit_code, made.stderr) == (0, ""), made.stderr
        assert made.stdout == f"7 calls imported into {name}.iairec\n"
        path = cli.folder / f"{name}.iairec"
        assert tree_of(path) == tree_of(cli.folder / "ours.iairec")
        assert findings_of(cli, path.name) == findings_of(cli, "ours.iairec")
        assert SECRET.encode() not in path.read_bytes()
        again = cli.run("replay", path, "--fail-on-miss", "--fail-on-unused", "--",
            sys.executable, "client.py", env={"IAI_API_KEY": "another-key"})  # fmt: skip
        assert (again.returncode, again.stdout) == (0, printed), again.stderr
