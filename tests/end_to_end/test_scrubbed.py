"""The real SDK runs against a replay of a scrubbed recording, with the scrubbed names."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.sandbox.server import Sandbox
from iai_proxy.scrubbing import Disguise
from iai_proxy.scrubbing.motion import STILL, Motion

pytest.importorskip("invertedai")

#: Prints the states of each step. Arguments: the location, and what is added to a place's x and y;
#: given these, x and y count the other way.
PROGRAM = """
import json, random, sys
import invertedai as iai
from invertedai.common import AgentProperties, Point
from invertedai.large.common import Region
place, east, north = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sign = -1 if east else 1
def car(): return AgentProperties(agent_type="car")
def show(r): print(json.dumps([state.tolist() for state in r.agent_states]))
def moved(x, y): return Point(x=east + sign * x, y=north + sign * y)
info = iai.location_info(place, include_map_source=True)
r = iai.initialize(place, agent_properties=[car() for _ in range(5)], random_seed=3)
for step in range(3):
    show(r)
    r = iai.drive(place, agent_states=r.agent_states, agent_properties=r.agent_properties
        if step == 0 else properties, recurrent_states=r.recurrent_states,
        light_recurrent_states=r.light_recurrent_states, random_seed=random.randrange(999),
        get_birdview=step == 1) if step else (properties := r.agent_properties) and r
regions = [Region.create_square_region(center=moved(x, y), size=100.0,
    agent_properties=[car() for _ in range(15)]) for x in (-100, 0, 100) for y in (-50, 50)]
r = iai.large_initialize(place, regions, random_seed=5, display_progress_bar=False)
properties = r.agent_properties
for parallel in (True, False):
    show(r)
    r = iai.large_drive(place, agent_states=r.agent_states, agent_properties=properties,
        recurrent_states=r.recurrent_states, light_recurrent_states=r.light_recurrent_states,
        random_seed=random.randrange(999), single_call_agent_limit=40, async_api_calls=parallel)
show(r)
"""
SEED = 7


def test_the_sdk_runs_against_a_scrubbed_recording(cli: Cli, sandbox: Sandbox) -> None:
    printed = recorded(cli, sandbox.url, PROGRAM, "sandbox:grid", "0", "0")
    done = cli.invoke("scrub", "run.iairec", "-o", "out.iairec", "--seed", str(SEED))
    assert done.exit_code == 0, done.output
    motion = Disguise(SEED).motion
    names = "place-a", str(motion.east), str(motion.north)
    client = [sys.executable, "program.py", *names]
    replayed = cli.run("replay", "out.iairec", "--fail-on-miss", "--", *client)
    assert replayed.returncode == 0, replayed.stderr
    assert "every recorded answer was used" in replayed.stderr
    assert states(replayed.stdout, STILL) == states(printed, motion)


def test_what_is_shown_of_a_scrubbed_recording_is_the_same(cli: Cli, sandbox: Sandbox) -> None:
    recorded(cli, sandbox.url, PROGRAM, "sandbox:grid", "0", "0")
    cli.invoke("scrub", "run.iairec", "-o", "out.iairec")
    shown = [json.loads(cli.invoke("show", "--json", name).stdout) for name in NAMES]
    assert shown[0]["simulations"]
    before, after = (json.dumps(facts["simulations"]) for facts in shown)
    assert in_order(before.replace("sandbox:grid", "place-a")) == in_order(after)
    found = [cli.invoke("diagnose", name, "--format", "json").stdout for name in NAMES]
    assert found[0].replace("run.iairec", "out.iairec") == found[1]


NAMES = "run.iairec", "out.iairec"


def in_order(simulations: str) -> list[dict[str, Any]]:
    """Simulations with their calls in order: the SDK begins a large call at the other end now."""
    return [{**facts, "calls": sorted(facts["calls"])} for facts in json.loads(simulations)]


def states(printed: str, motion: Motion) -> list[list[list[float]]]:
    """The states of each step, moved."""
    return [
        [[motion.x(x), motion.y(y), motion.heading(turn), v] for x, y, turn, v in json.loads(line)]
        for line in printed.splitlines()
    ]
