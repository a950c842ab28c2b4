"""A run of the real SDK goes into object storage, and is worked with there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from support.cli import Cli
from support.storage import Storage

from iai_proxy.sandbox.server import Sandbox

pytest.importorskip("invertedai")
pytestmark = pytest.mark.xdist_group("s3")

CLIENT = """
import random
import invertedai as iai
from invertedai.common import AgentProperties
location = "canada:somewhere"
seed = random.randint(1, 10**6)
response = iai.initialize(location, random_seed=seed,
    agent_properties=[AgentProperties(agent_type="car") for _ in range(3)])
properties = response.agent_properties
for _ in range(4):
    response = iai.drive(location, agent_states=response.agent_states, agent_properties=properties,
        recurrent_states=response.recurrent_states, random_seed=seed)
print([state.tolist() for state in response.agent_states])
"""

URL = "s3://team/runs/run.iairec"


def test_a_run_is_recorded_uploaded_shown_diagnosed_and_replayed_from_there(
    cli: Cli, sandbox: Sandbox, s3: Storage, cache: Path
) -> None:
    (cli.folder / "client.py").write_text(CLIENT)
    client = ("--", sys.executable, "client.py")
    variables = {"IAI_API_KEY": "a-key", "IAI_PROXY_CACHE_DIR": str(cache)}
    options = ("--upload", "s3://team/runs/", "--upstream", sandbox.url)
    recorded = cli.run("record", "-o", "run.iairec", *options, *client, env=variables)
    assert recorded.returncode == 0, recorded.stderr
    assert f"uploaded as {URL}\n" in recorded.stderr
    assert s3.get("runs/run.iairec") == (cli.folder / "run.iairec").read_bytes()

    own = json.loads(cli.invoke("show", "run.iairec", "--json").stdout)
    there = json.loads(cli.invoke("show", URL, "--json", env=variables).stdout)
    assert own.pop("uploaded") == URL
    assert there.pop("uploaded") is None
    assert own.pop("uploaded_ns") is not None
    assert there.pop("uploaded_ns") is None
    assert there == own

    found = cli.invoke("diagnose", URL, "--format", "json", env=variables)
    assert [each["file"] for each in json.loads(found.stdout)["findings"]] == [URL]

    replayed = cli.run("replay", URL, "--fail-on-miss", *client, env=variables)
    assert replayed.returncode == 0, replayed.stderr
    assert replayed.stdout == recorded.stdout
    assert f"replaying {URL}" in replayed.stderr
    assert str(cache) not in replayed.stderr
