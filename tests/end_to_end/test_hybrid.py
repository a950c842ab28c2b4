"""Replay that goes on live, fails like a network, or has several clients: on the real SDK."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import Sandbox

pytest.importorskip("invertedai")

START = """
import json, os, random, sys, time
import invertedai as iai
from invertedai.common import AgentProperties, AgentState
location = "canada:drake_street_and_pacific_blvd"
def seed(): return random.randint(1, 10**6)
def start(count=4):
    return iai.initialize(location, random_seed=seed(),
        agent_properties=[AgentProperties(agent_type="car")] * count)
def go_on(response, properties, **changes):
    given = dict(agent_states=response.agent_states, recurrent_states=response.recurrent_states)
    return iai.drive(location, agent_properties=properties, random_seed=seed(),
        light_recurrent_states=response.light_recurrent_states, **{**given, **changes})
def show(response):
    print(json.dumps([state.tolist() for state in response.agent_states]), flush=True)
"""

RUN = """
response = start(); properties = response.agent_properties
for step in range(int(sys.argv[1])):
    response = go_on(response, properties)
    show(response)
"""

FORK = """
response = start(); properties = response.agent_properties
show(go_on(response, properties))
time.sleep(float(sys.argv[1]))
show(go_on(response, properties))
"""

Done = subprocess.CompletedProcess[str]


def program(cli: Cli, text: str) -> None:
    (cli.folder / "program.py").write_text(START + text)


def record(cli: Cli, sandbox: Sandbox, text: str, *flags: str) -> list[str]:
    return recorded(cli, sandbox.url, START + text, *flags).splitlines()


def replay(cli: Cli, *flags: str, options: tuple[str, ...] = ()) -> Done:
    return cli.run("replay", "run.iairec", *options, "--", sys.executable, "program.py", *flags)


def test_a_recorded_run_is_left_at_a_step_and_gone_on_with_live(cli: Cli, sandbox: Sandbox) -> None:
    seen = record(cli, sandbox, RUN, "8")
    calls = len(Recording(cli.folder / "run.iairec"))
    again = replay(cli, "10", options=("--until-step", "5", "--upstream", sandbox.url))
    assert again.returncode == 0, again.stderr
    lines = again.stdout.splitlines()
    assert lines[:5] == seen[:5]
    assert len(lines) == 10
    assert lines[5] != seen[5]  # the API drew by another seed
    assert "5 calls after the recorded steps: the API answered 5" in again.stderr
    assert len(Recording(cli.folder / "run.iairec")) == calls


def test_a_branch_that_goes_on_live_is_kept_with_the_recording(cli: Cli, sandbox: Sandbox) -> None:
    record(cli, sandbox, RUN, "4")
    options = ("--until-step", "2", "--on-miss", "record", "--upstream", sandbox.url)
    branched = replay(cli, "5", options=options)
    assert branched.returncode == 0, branched.stderr
    assert "added 3 calls to the recording" in branched.stderr
    with Recording(cli.folder / "run.iairec") as recording:
        (simulation,) = recording.lineage().simulations
    assert [[step.index for step in branch.steps] for branch in simulation.branches] == [
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4, 5],
    ]


def test_a_recording_grows_with_the_run_that_uses_it(cli: Cli, sandbox: Sandbox) -> None:
    seen = record(cli, sandbox, RUN, "2")
    missed = replay(cli, "4", options=("--fail-on-miss",))
    assert missed.returncode == 1
    grown = replay(cli, "4", options=("--on-miss", "record", "--upstream", sandbox.url))
    assert grown.returncode == 0, grown.stderr
    assert grown.stdout.splitlines()[:2] == seen
    again = replay(cli, "4", options=("--fail-on-miss", "--fail-on-unused"))
    assert again.returncode == 0, again.stderr
    assert again.stdout == grown.stdout


def test_what_goes_to_the_api_is_counted_and_named(cli: Cli, sandbox: Sandbox) -> None:
    record(cli, sandbox, RUN, "2")
    forwarded = replay(
        cli, "4", options=("--on-miss", "forward", "--upstream", sandbox.url, "--fail-on-miss")
    )
    assert len(forwarded.stdout.splitlines()) == 4
    assert "1 miss: the API answered 1 (1 drive)" in forwarded.stderr
    assert "1 call after the recorded steps: the API answered 1" in forwarded.stderr
    assert forwarded.returncode == 1  # an answer from the API is still a miss


def test_statuses_that_the_sdk_retries_are_met_in_replay(cli: Cli, sandbox: Sandbox) -> None:
    seen = record(cli, sandbox, RUN, "4")
    again = replay(
        cli, "4", options=("--fault", "drive:step=3:status=503:times=1", "--fail-on-miss")
    )
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == seen
    assert "1 call got an injected fault" in again.stderr


def test_a_connection_that_is_dropped_is_met_in_replay(cli: Cli, sandbox: Sandbox) -> None:
    seen = record(cli, sandbox, RUN, "3")
    again = replay(cli, "3", options=("--fault", "drive:step=2:drop", "--fail-on-miss"))
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == seen


def test_answers_take_as_long_as_they_are_told_to(cli: Cli, sandbox: Sandbox) -> None:
    record(cli, sandbox, RUN, "3")
    with Recording(cli.folder / "run.iairec") as recording:
        recorded_s = (
            sum(call.duration_ms for call in recording.calls() if call.endpoint == "drive") / 1000
        )
    factor = 1.0 / recorded_s  # so that three answers take a second together
    program(
        cli, RUN.replace("for step", "begun = time.time()\nfor step") + "print(time.time() - begun)"
    )
    slow = replay(cli, "3", options=("--latency", str(factor)))
    assert slow.returncode == 0, slow.stderr
    assert float(slow.stdout.splitlines()[-1]) >= 1.0


def test_two_clients_at_once_each_have_their_own_place_in_a_fork(
    cli: Cli, sandbox: Sandbox
) -> None:
    seen = record(cli, sandbox, FORK, "0")
    assert len(set(seen)) == 2
    both = (
        f"{sys.executable} program.py 2 > one.txt & {sys.executable} program.py 2 > two.txt & wait"
    )
    done = cli.run("replay", "run.iairec", "--fail-on-miss", "--", "sh", "-c", both)
    assert done.returncode == 0, done.stderr
    for name in ("one.txt", "two.txt"):
        assert (cli.folder / name).read_text().splitlines() == seen


#: Always the same agents: where too many are at one place, the SDK divides them without end.
LARGE_FORK = """
response = iai.initialize(location, random_seed=5,
    agent_properties=[AgentProperties(agent_type="car")] * 40)
def again(limit): return iai.large_drive(location, agent_states=response.agent_states,
    agent_properties=response.agent_properties, recurrent_states=response.recurrent_states,
    light_recurrent_states=response.light_recurrent_states, single_call_agent_limit=limit,
    random_seed=seed(), async_api_calls=False)
for limit in sys.argv[1:]: show(again(int(limit)))
"""


@pytest.mark.parametrize("limits", [("20", "20"), ("100", "100"), ("30", "100")])
def test_a_forked_large_drive_gives_both_answers_in_any_partition(
    cli: Cli, sandbox: Sandbox, limits: tuple[str, str]
) -> None:
    seen = record(cli, sandbox, LARGE_FORK, "20", "20")
    assert len(set(seen)) == 2
    with Recording(cli.folder / "run.iairec") as recording:
        assert sum(call.endpoint == "drive" for call in recording.calls()) > 2
    again = replay(cli, *limits, options=("--fail-on-miss", "--fail-on-unused"))
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == seen


def test_infractions_that_were_not_recorded_are_a_miss_that_names_them(
    cli: Cli, sandbox: Sandbox
) -> None:
    text = """
response = start()
asked = len(sys.argv) > 1
show(go_on(response, response.agent_properties, get_infractions=asked))
"""
    seen = record(cli, sandbox, text)
    missed = replay(cli, "infractions", options=("--explain", "--fail-on-miss"))
    assert missed.returncode == 1
    (facts,) = json.loads(missed.stdout[missed.stdout.index("[\n") :])
    assert (facts["kind"], facts["simulation"], facts["step"]) == ("fields", 1, 1)
    assert "get_infractions is true, recorded false" in facts["message"]
    assert facts["accepted_by"] == "--ignore get_infractions"
    accepted = replay(cli, "infractions", options=("--fail-on-miss", *facts["accepted_by"].split()))
    assert accepted.returncode == 0, accepted.stderr
    assert accepted.stdout.splitlines() == seen


def test_a_birdview_is_kept_when_agents_stand_in_another_order(cli: Cli, sandbox: Sandbox) -> None:
    text = """
import hashlib
response = start()
order = [2, 0, 3, 1] if len(sys.argv) > 1 else [0, 1, 2, 3]
def chosen(agents): return [agents[index] for index in order]
response = iai.drive(location, agent_states=chosen(response.agent_states), random_seed=seed(),
    agent_properties=chosen(response.agent_properties), get_birdview=True,
    recurrent_states=chosen(response.recurrent_states),
    light_recurrent_states=response.light_recurrent_states)
print(hashlib.sha256(bytes(response.birdview.encoded_image)).hexdigest())
print(json.dumps([response.agent_states[order.index(index)].tolist() for index in range(4)]))
"""
    seen = record(cli, sandbox, text)
    again = replay(cli, "reordered", options=("--fail-on-miss",))
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == seen
    assert "1 step" in again.stderr


def test_a_second_run_over_one_replay_begins_with_the_first_answers_again(
    cli: Cli, sandbox: Sandbox
) -> None:
    seen = record(cli, sandbox, FORK, "0")
    twice = f"{sys.executable} program.py 0; {sys.executable} program.py 0"
    done = cli.run("replay", "run.iairec", "--fail-on-miss", "--", "sh", "-c", twice)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == seen * 2
    # and in one process, as a notebook does it
    program(
        cli,
        "for again in range(2):\n" + "\n".join(f"    {line}" for line in FORK.strip().splitlines()),
    )
    done = replay(cli, "0", options=("--fail-on-miss",))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == seen * 2


def test_nearest_goes_on_where_an_ego_drives_otherwise(cli: Cli, sandbox: Sandbox) -> None:
    ego = """
response = start(); properties = response.agent_properties
for step in range(3):
    states = list(response.agent_states)
    states[1] = AgentState.fromlist([step + float(sys.argv[1]), 1.0, 0.0, 2.0])
    response = go_on(response, properties, agent_states=states)
    show(response)
"""
    seen = record(cli, sandbox, ego, "0")
    assert replay(cli, "2.5").returncode != 0
    again = replay(cli, "2.5", options=("--match", "nearest", "--fail-on-miss"))
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == seen
    assert "3 nearest" in again.stderr
    near = replay(cli, "2.5", options=("--match", "nearest", "--tolerance", "2"))
    assert near.returncode != 0


MISSES = {
    "run-end": (
        "for _ in range(3): response = go_on(response, properties)",
        "comes after the last recorded step",
    ),
    "location": (
        "old, location = location, 'sandbox:grid'\ntry: start()\nfinally: location = old",
        "is for location sandbox:grid; canada:drake_street_and",
    ),
    "agents": (
        "start(9)",
        "asks for 9 agents at canada:drake_street_and_pacific_blvd, where 4 were recorded",
    ),
    "endpoint": (
        "iai.blame(location, colliding_agents=(0, 1), agent_properties=properties,"
        " agent_state_history=[response.agent_states] * 20)",
        "holds no blame call",
    ),
    "state": (
        "states = list(response.agent_states)\n"
        "states[2] = AgentState.fromlist([9.0, 9.0, 0.0, 1.0])\n"
        "go_on(response, properties, agent_states=states)",
        "differs from simulation 1, step 1: agent 2 x is 9, recorded",
    ),
    "unknown": (
        "numbers = [RecurrentState(packed=[0.5] * 152)] * 4\n"
        "go_on(response, properties, recurrent_states=numbers)",
        "none of its agents' recurrent states is recorded",
    ),
}


def test_each_kind_of_miss_has_its_own_short_text_in_the_users_exception(
    cli: Cli, sandbox: Sandbox
) -> None:
    record(cli, sandbox, RUN, "2")
    program(cli, _catching(code for code, _ in MISSES.values()))
    done = replay(cli, options=("--explain",))
    printed, _, explained = done.stdout.partition("\n[\n")
    texts = [json.loads(line) for line in printed.splitlines()]
    explanations = {facts["kind"]: facts for facts in json.loads("[" + explained)}
    assert set(explanations) == set(MISSES)
    for (kind, (_, said)), text in zip(MISSES.items(), texts, strict=True):
        assert text.startswith(("ResourceNotFound ", "ResourceNotFoundError "))
        assert said in text
        assert len(text.encode()) < 1024
        assert explanations[kind]["message"] in text
        assert explanations[kind]["count"] == 1


def _catching(codes: Iterable[str]) -> str:
    """Return a program that runs each code from a new start, and prints its exception as JSON."""
    lines = ["from invertedai.common import RecurrentState"]
    for code in codes:
        lines += [
            "response = start(); properties = response.agent_properties",
            "try:",
            *(f"    {line}" for line in code.splitlines()),
            "except Exception as error:",
            "    print(json.dumps(f'{type(error).__name__} {error}'), flush=True)",
        ]
    return "\n".join(lines)


def test_logs_with_other_rendering_parameters_replay(
    cli: Cli, sandbox: Sandbox, tmp_path: Path
) -> None:
    text = """
from invertedai.logs.logger import LogWriter, LogReader
info = iai.location_info(location, rendering_fov=int(sys.argv[1]), rendering_center=(0.0, 0.0))
response = start(); writer = LogWriter()
writer.initialize(location=location, location_info_response=info, init_response=response)
properties = response.agent_properties
for _ in range(2):
    response = go_on(response, properties)
    writer.drive(drive_response=response)
    show(response)
writer.export_to_file(log_path="scenario.json")
reader = LogReader("scenario.json")
print(reader.simulation_length)
"""
    seen = record(cli, sandbox, text, "100")
    again = replay(cli, "150", options=("--fail-on-miss",))
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == seen
