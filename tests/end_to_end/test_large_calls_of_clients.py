"""Large calls of a client that only speaks HTTP equal the SDK's, recorded and replayed."""

from __future__ import annotations

import json
import sys

import pytest
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.sandbox.server import Sandbox

pytest.importorskip("invertedai")

#: Both print, for each step, the states, the recurrent states and the infractions.
SDK = """
import json, sys
import invertedai as iai
from invertedai.common import AgentType
limit, steps, place = int(sys.argv[1]), 2, "sandbox:grid"
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
        random_seed=step, get_infractions=True, single_call_agent_limit=limit)
    show()
"""
PLAIN = """
import json, sys
import requests
limit, steps, place = int(sys.argv[1]), 2, "sandbox:grid"
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
        "agent_states": r["agent_states"], "agent_properties": properties,
        "recurrent_states": r["recurrent_states"], "random_seed": step, "get_infractions": True,
        "light_recurrent_states": r["light_recurrent_states"], "single_call_agent_limit": limit}))
    show()
"""


Answers = list[list[list[list[float]]]]


def record(cli: Cli, sandbox: Sandbox, program: str, name: str = "run.iairec") -> Answers:
    printed = recorded(cli, sandbox.url, program, "30", name=name)
    return [json.loads(line) for line in printed.splitlines()]


def replay(
    cli: Cli, program: str, *options: str, name: str = "run.iairec", limit: int = 30
) -> Answers:
    client = [sys.executable, "-c", program, str(limit)]
    done = cli.run("replay", name, "--fail-on-miss", *options, "--", *client)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert "--fail-on-unused" not in options or "every recorded answer was used" in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def calls(cli: Cli, *options: str) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = json.loads(
        cli.run("calls", "run.iairec", "--json", *options).stdout
    )
    return listed


def test_recorded_over_plain_http_it_equals_the_sdk_and_replays_for_both(
    cli: Cli, sandbox: Sandbox
) -> None:
    by_sdk = record(cli, sandbox, SDK, "sdk.iairec")
    seen = record(cli, sandbox, PLAIN)
    assert seen == by_sdk  # bit for bit
    assert replay(cli, PLAIN, "--fail-on-unused") == seen
    assert replay(cli, SDK, "--fail-on-unused") == seen
    assert replay(cli, PLAIN, "--fail-on-unused", name="sdk.iairec") == seen
    for name, limit in (("run.iairec", 45), ("sdk.iairec", 100)):  # another partition
        assert replay(cli, PLAIN, name=name, limit=limit) == seen

    listed = calls(cli)
    large = {call["id"]: call for call in listed if str(call["endpoint"]).startswith("large_")}
    assert [call["endpoint"] for call in large.values()] == [
        "large_initialize",
        *["large_drive"] * 2,
    ]
    parts = [call for call in listed if call["endpoint"] in {"initialize", "drive"}]
    assert {part["parent"] for part in parts} == set(large)
    assert [(call["simulation"], call["step"]) for call in large.values()] == [
        (1, 0), (1, 1), (1, 2)
    ]  # fmt: skip
    for part in parts:
        whole = large[part["parent"]]
        assert (part["simulation"], part["step"], part["connection"]) == (
            1,
            whole["step"],
            whole["connection"],
        )
    assert (
        cli.run("call", "run.iairec", str(parts[0]["id"])).stdout.splitlines()[2]
        == f"part of call {min(large)}"
    )
    shown = json.loads(cli.run("show", "run.iairec", "--json").stdout)["simulations"]
    (simulation,) = shown
    assert (simulation["large"], simulation["steps"], simulation["doubts"]) == (True, 2, [])
    assert len(simulation["branches"]) == 1


def test_the_debug_log_is_that_of_the_same_run_with_the_sdk(cli: Cli, sandbox: Sandbox) -> None:
    logs = []
    for name, program in (("sdk", SDK), ("run", PLAIN)):
        record(cli, sandbox, program, f"{name}.iairec")
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
    seen = record(cli, sandbox, program)
    assert [call["endpoint"] for call in calls(cli)][-2:] == ["drive", "large_drive"]
    assert replay(cli, program, "--fail-on-unused") == seen
    assert cli.run("export", "debug-log", "run.iairec", "-o", "run.json").returncode == 0
    log = json.loads((cli.folder / "run.json").read_text())
    assert (len(log["large_drive_requests"]), len(log["drive_requests"])) == (2, 2)
