"""Large calls of a client that only speaks HTTP: the SDK's own, recorded and replayed alike."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from support.cli import Cli

from iai_proxy.sandbox.server import Sandbox

pytest.importorskip("invertedai")

LOCATION = "sandbox:grid"

#: Both print, for each step, the states, the recurrent states and the infractions.
SDK = """
import json, sys
import invertedai as iai
from invertedai.common import AgentType
limit, steps, place = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
regions = iai.get_regions_default(place, agent_count_dict={AgentType.car: 90},
    area_shape=(120, 120), random_seed=5)
r = iai.large_initialize(place, regions, random_seed=5, get_infractions=True,
    display_progress_bar=False)
properties = r.agent_properties
def show():
    print(json.dumps([[s.tolist() for s in r.agent_states], [s.packed for s in r.recurrent_states],
        [i.tolist() for i in r.infractions]]))
show()
for step in range(steps):
    r = iai.large_drive(place, agent_states=r.agent_states, agent_properties=properties,
        recurrent_states=r.recurrent_states, light_recurrent_states=r.light_recurrent_states,
        random_seed=step,
        get_infractions=True, single_call_agent_limit=limit)
    show()
"""
PLAIN = """
import json, sys
import requests
limit, steps, place = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
api = "https://api.inverted.ai/v0/aws/m1"
def ask(answer):
    assert answer.status_code == 200, (answer.status_code, answer.text)
    return answer.json()
session = requests.Session()
query = {"location": place, "width": 120, "height": 120, "agents": 90, "random_seed": 5}
regions = ask(session.get(api + "/regions", params=query))
r = ask(session.post(api + "/large_initialize", json={**regions, "get_infractions": True}))
properties = r["agent_properties"]
def show():
    print(json.dumps([r["agent_states"], r["recurrent_states"], r["infraction_indicators"]]))
show()
for step in range(steps):
    r = ask(session.post(api + "/large_drive", json={"location": place,
        "agent_states": r["agent_states"],
        "agent_properties": properties, "recurrent_states": r["recurrent_states"],
        "light_recurrent_states": r["light_recurrent_states"], "random_seed": step,
        "get_infractions": True,
        "single_call_agent_limit": limit}))
    show()
"""


def run(
    cli: Cli, *command: str | Path, program: str, limit: int = 30, steps: int = 2
) -> list[list[list[list[float]]]]:
    client = [sys.executable, "-c", program, str(limit), str(steps), LOCATION]
    done = cli.run(*command, "--", *client)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    cli.said = done.stderr  # type: ignore[misc]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def cli(tmp_path: Path, ca_folder: Path, shared_folder: Path) -> Cli:
    class Hearing(Cli):
        said = ""
        __setattr__ = object.__setattr__

    return Hearing(tmp_path, ca_folder, shared_folder)


def calls(cli: Cli, *options: str) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = json.loads(
        cli.run("calls", "run.iairec", "--json", *options).stdout
    )
    return listed


def test_recorded_over_plain_http_it_equals_the_sdk_and_replays_for_both(
    cli: Cli, sandbox: Sandbox
) -> None:
    by_sdk = run(cli, "record", "-o", "sdk.iairec", "--upstream", sandbox.url, program=SDK)
    seen = run(cli, "record", "-o", "run.iairec", "--upstream", sandbox.url, program=PLAIN)
    assert seen == by_sdk  # bit for bit
    assert (
        run(cli, "replay", "run.iairec", "--fail-on-miss", "--fail-on-unused", program=PLAIN)
        == seen
    )
    assert "every recorded answer was used" in cli.said  # type: ignore[attr-defined]
    assert (
        run(cli, "replay", "run.iairec", "--fail-on-miss", "--fail-on-unused", program=SDK) == seen
    )
    assert (
        run(cli, "replay", "sdk.iairec", "--fail-on-miss", "--fail-on-unused", program=PLAIN)
        == seen
    )
    for name, limit in (("run.iairec", 45), ("sdk.iairec", 100)):  # another partition
        assert run(cli, "replay", name, "--fail-on-miss", program=PLAIN, limit=limit) == seen

    listed = calls(cli)
    wholes = {one["id"]: one for one in listed if str(one["endpoint"]).startswith("large_")}
    assert [one["endpoint"] for one in wholes.values()] == [
        "large_initialize",
        *["large_drive"] * 2,
    ]
    parts = [one for one in listed if one["endpoint"] in {"initialize", "drive"}]
    assert {one["parent"] for one in parts} == set(wholes)
    assert [(one["simulation"], one["step"]) for one in wholes.values()] == [(1, 0), (1, 1), (1, 2)]
    for part in parts:
        whole = wholes[part["parent"]]
        assert (part["simulation"], part["step"], part["connection"]) == (
            1,
            whole["step"],
            whole["connection"],
        )
    assert (
        cli.run("call", "run.iairec", str(parts[0]["id"])).stdout.splitlines()[2]
        == f"part of call {min(wholes)}"
    )
    shown = json.loads(cli.run("show", "run.iairec", "--json").stdout)["simulations"]
    assert [(one["large"], one["steps"], one["doubts"], len(one["branches"])) for one in shown] == [
        (True, 2, [], 1)
    ]


def test_the_debug_log_is_that_of_the_same_run_with_the_sdk(cli: Cli, sandbox: Sandbox) -> None:
    logs = []
    for name, program in (("sdk", SDK), ("run", PLAIN)):
        run(cli, "record", "-o", f"{name}.iairec", "--upstream", sandbox.url, program=program)
        assert (
            cli.run("export", "debug-log", f"{name}.iairec", "-o", f"{name}.json").returncode == 0
        )
        logs.append(json.loads((cli.folder / f"{name}.json").read_text()))
    assert logs[0].keys() == logs[1].keys()
    for key in logs[0]:
        if "timestamps" not in key:
            ours, theirs = (sorted(map(_loaded, log[key])) for log in logs)
            assert ours == theirs, key


def _loaded(text: str) -> str:
    return (
        json.dumps(json.loads(text), sort_keys=True)
        .replace(".0,", ",")
        .replace(".0]", "]")
        .replace(".0}", "}")
    )


def test_one_part_is_a_large_call_too(cli: Cli, sandbox: Sandbox) -> None:
    program = PLAIN.replace('"agents": 90', '"agents": 12').replace(
        '"width": 120, "height": 120', '"width": 50, "height": 50'
    )
    seen = run(cli, "record", "-o", "run.iairec", "--upstream", sandbox.url, program=program)
    assert [one["endpoint"] for one in calls(cli)][-2:] == ["drive", "large_drive"]
    assert (
        run(cli, "replay", "run.iairec", "--fail-on-miss", "--fail-on-unused", program=program)
        == seen
    )
    assert cli.run("export", "debug-log", "run.iairec", "-o", "run.json").returncode == 0
    log = json.loads((cli.folder / "run.json").read_text())
    assert (len(log["large_drive_requests"]), len(log["drive_requests"])) == (2, 2)
