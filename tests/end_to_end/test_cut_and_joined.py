"""The real SDK runs offline against what was cut out of a recording, and joined again."""

from __future__ import annotations

import json
import sys

import pytest
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.sandbox.server import Sandbox

pytest.importorskip("invertedai")

#: Runs from a step to another, and prints the states of each. It leaves behind what it holds after
#: each step; one that begins later takes that up. Steps 3 and 4 are large calls.
PROGRAM = """
import json, pickle, random, sys
import invertedai as iai
from invertedai.common import AgentProperties
place, first, last = "sandbox:grid", int(sys.argv[1]), int(sys.argv[2])
def show(r): print(json.dumps([state.tolist() for state in r.agent_states]))
def fields(r, properties): return dict(location=place, agent_states=r.agent_states,
    agent_properties=properties, recurrent_states=r.recurrent_states,
    light_recurrent_states=r.light_recurrent_states, random_seed=random.randrange(999))
if first == 0:
    iai.location_info(place)
    cars = [AgentProperties(agent_type="car") for _ in range(30)]
    r = iai.initialize(place, agent_properties=cars, random_seed=3)
    properties = r.agent_properties
    show(r)
else:
    r, properties = pickle.load(open(f"{first}.pickle", "rb"))
for step in range(first + 1, last + 1):
    if not any("replay" in word for word in sys.argv):
        pickle.dump((r, properties), open(f"{step - 1}.pickle", "wb"))
    if step in (3, 4):
        r = iai.large_drive(**fields(r, properties), single_call_agent_limit=20)
    else:
        r = iai.drive(**fields(r, properties))
    show(r)
"""


def test_clients_of_some_steps_are_served_by_what_was_cut_and_joined(
    cli: Cli, sandbox: Sandbox
) -> None:
    printed = recorded(cli, sandbox.url, PROGRAM, "0", "6")
    states = [json.loads(line) for line in printed.splitlines()]
    assert cli.invoke("trim", "run.iairec", "--steps", ":2", "-o", "a.iairec").exit_code == 0
    done = cli.invoke("trim", "run.iairec", "--steps", "2:4", "-o", "b.iairec")
    assert done.stdout.splitlines()[1] == (
        "simulation 1, steps 2 to 4: now simulation 1, steps 0 to 2"
    )
    assert done.stderr == ""
    done = cli.invoke("merge", "a.iairec", "b.iairec", "-o", "ab.iairec")
    assert "1 simulation, 5 steps in ab.iairec" in done.stdout
    ways = (("a", 0, 2), ("b", 2, 4), ("ab", 0, 4))
    for name, first, last in ways:
        client = [sys.executable, "program.py", str(first), str(last), "replay"]
        replayed = cli.run("replay", f"{name}.iairec", "--fail-on-miss", "--", *client)
        assert replayed.returncode == 0, replayed.stderr
        found = [json.loads(line) for line in replayed.stdout.splitlines()]
        assert found == states[first + bool(first) : last + 1], name
