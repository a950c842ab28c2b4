"""Level ``step`` on the real SDK, with other seeds, order, number of agents or partition."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.sandbox.server import Sandbox

pytest.importorskip("invertedai")

START = """
import json, random, sys
import invertedai as iai
from invertedai.common import AgentProperties, AgentState, AgentType
flags = sys.argv[1:]
location = "canada:drake_street_and_pacific_blvd"
def seed(): return random.randint(1, 10**6)
def show(response, order=None):
    states = [state.tolist() for state in response.agent_states]
    print(json.dumps([states[index] for index in (order or range(len(states)))]))
"""

#: With the flag "reversed" the client sends its agents in reverse order; with "fewer" it leaves two
#: out.
RUN = """
response = iai.initialize(location, random_seed=seed(),
    agent_properties=[AgentProperties(agent_type="car")] * 8)
order = list(range(8))
if "reversed" in flags: order.reverse()
if "fewer" in flags: order = [index for index in order if index not in (2, 5)]
properties = [response.agent_properties[index] for index in order]
states = [response.agent_states[index] for index in order]
recurrent = [response.recurrent_states[index] for index in order]
for step in range(6):
    if "ego" in flags:
        y = 1.004 if "inexact" in flags else 1.0
        states[3] = AgentState.fromlist([float(step), y, 0.0, 2.0])
    response = iai.drive(location, agent_states=states, agent_properties=properties,
        recurrent_states=recurrent, light_recurrent_states=response.light_recurrent_states,
        random_seed=seed())
    states, recurrent = list(response.agent_states), response.recurrent_states
    show(response, sorted(range(len(order)), key=order.__getitem__))
"""

LARGE = """
location = "sandbox:grid"
regions = iai.get_regions_default(location, agent_count_dict={AgentType.car: 120},
    area_shape=(150, 150), random_seed=5)
response = iai.large_initialize(location, regions, random_seed=5, display_progress_bar=False)
properties = response.agent_properties
for _ in range(3):
    response = iai.large_drive(location, agent_states=response.agent_states,
        agent_properties=properties, recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states, random_seed=seed(),
        single_call_agent_limit=int(flags[0]), async_api_calls=flags[1] == "async")
    show(response)
"""

FORK = """
response = iai.initialize(location, random_seed=seed(),
    agent_properties=[AgentProperties(agent_type="car")] * 4)
for _ in range(3):
    show(iai.drive(location, agent_states=response.agent_states, random_seed=seed(),
        agent_properties=response.agent_properties, recurrent_states=response.recurrent_states))
"""


def record(cli: Cli, sandbox: Sandbox, program: str, *flags: str) -> list[str]:
    return recorded(cli, sandbox.url, START + program, *flags).splitlines()


def replay(
    cli: Cli, *flags: str, options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    client = [sys.executable, "program.py", *flags]
    return cli.run("replay", "run.iairec", "--fail-on-miss", *options, "--", *client)


def agents(lines: list[str]) -> list[list[list[float]]]:
    return [json.loads(line) for line in lines]


def test_agents_handed_over_in_another_order_get_their_own_answers(
    cli: Cli, sandbox: Sandbox
) -> None:
    seen = record(cli, sandbox, RUN)
    again = replay(cli, "reversed")
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == seen
    assert "6 step" in again.stderr


def test_agents_left_out_change_nothing_for_the_others(cli: Cli, sandbox: Sandbox) -> None:
    seen = agents(record(cli, sandbox, RUN))
    again = replay(cli, "fewer")
    assert again.returncode == 0, again.stderr
    kept = [index for index in range(8) if index not in (2, 5)]
    assert agents(again.stdout.splitlines()) == [[step[index] for index in kept] for step in seen]


def test_an_ego_that_is_driven_as_before_is_replayed_and_another_way_is_a_miss_that_names_it(
    cli: Cli, sandbox: Sandbox
) -> None:
    seen = record(cli, sandbox, RUN, "ego")
    assert replay(cli, "ego").stdout.splitlines() == seen
    missed = replay(cli, "ego", "inexact")
    assert missed.returncode == 1
    assert "simulation 1, step 1: agent 3 y is 1.004, recorded 1" in missed.stderr
    assert "--tolerance 0.0041 accepts it" in missed.stderr
    accepted = replay(cli, "ego", "inexact", options=("--tolerance", "0.0041"))
    assert accepted.returncode == 0, accepted.stderr
    assert accepted.stdout.splitlines() == seen


@pytest.mark.parametrize("flags", [("40", "async"), ("60", "sequential"), ("100", "async")])
def test_a_large_run_replays_with_another_partition_and_in_another_manner(
    cli: Cli, sandbox: Sandbox, flags: tuple[str, str]
) -> None:
    seen = record(cli, sandbox, LARGE, "60", "async")
    again = replay(cli, *flags)
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == seen


def test_a_forked_step_gives_its_recorded_answers_in_order(cli: Cli, sandbox: Sandbox) -> None:
    seen = record(cli, sandbox, FORK)
    assert len(set(seen)) == 3
    again = replay(cli)
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == seen


def test_strict_levels_refuse_what_only_the_step_shows(cli: Cli, sandbox: Sandbox) -> None:
    record(cli, sandbox, RUN)
    assert replay(cli, "reversed", options=("--match", "seedless")).returncode == 1
