"""Debug and scenario logs equal those of the real SDK, and are right where those are wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.api import canonical_json
from iai_proxy.api.faults import FaultRule
from iai_proxy.sandbox.server import Sandbox, SandboxSettings, spawned_sandbox

pytest.importorskip("invertedai")

START = """
import json, sys
import invertedai as iai
from invertedai.common import AgentProperties, AgentState, AgentType, Point
location = "canada:drake_street_and_pacific_blvd"
def cars(count): return [AgentProperties(agent_type="car") for _ in range(count)]
def drive(response, properties, **changes):
    given = dict(agent_states=response.agent_states, agent_properties=properties,
        recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states, random_seed=11)
    return iai.drive(location, **{**given, **changes})
"""

#: Each also writes what its LogWriter has, to scenario.json.
PLAIN = """
info = iai.location_info(location)
response = iai.initialize(location, agent_properties=cars(6), random_seed=5)
properties = response.agent_properties
properties[2].waypoint = Point(x=1.5, y=-3)
writer = iai.LogWriter()
writer.initialize(location=location, location_info_response=info, init_response=response,
    initialize_random_seed=5, drive_random_seed=11)
for _ in range(12):
    response = drive(response, properties)
    writer.drive(response)
writer.export_to_file("scenario.json")
"""

LEAVING_AND_ARRIVING = """
info = iai.location_info(location)
response = iai.initialize(location, agent_properties=cars(5), random_seed=5)
properties = list(response.agent_properties)
present = list(range(5))
writer = iai.LogWriter()
writer.initialize(location=location, location_info_response=info, init_response=response,
    initialize_random_seed=5, drive_random_seed=11)
states, recurrent = response.agent_states, response.recurrent_states
for step in range(12):
    added = None
    if step == 4:
        stay = [0, 2, 4]
        properties, states, recurrent, present = (
            [items[index] for index in stay] for items in (properties, states, recurrent, present))
    if step == 8:
        more = iai.initialize(location, agent_properties=properties + cars(2),
            states_history=[states], random_seed=6)
        added = more.agent_properties[len(properties):]
        properties = properties + added
        states = states + more.agent_states[-2:]
        recurrent = recurrent + more.recurrent_states[-2:]
        present = present + [5, 6]
    response = drive(response, properties, agent_states=states, recurrent_states=recurrent)
    writer.drive(response, current_present_indexes=present, new_agent_properties=added)
    states, recurrent = response.agent_states, response.recurrent_states
writer.export_to_file("scenario.json")
"""

#: Begins to log with the answer to the third drive, and stops before the last two.
EXCERPT = """
from invertedai.api.initialize import InitializeResponse
info = iai.location_info(location)
first = response = iai.initialize(location, agent_properties=cars(5), random_seed=5)
properties, present = list(response.agent_properties), list(range(4))
states, recurrent = response.agent_states, response.recurrent_states
writer = iai.LogWriter()
for step in range(1, 10):
    added = None
    if step == 2:
        properties, states, recurrent = properties[1:], states[1:], recurrent[1:]
    if step == 5:
        more = iai.initialize(location, agent_properties=properties + cars(1),
            states_history=[states], random_seed=6)
        added, present = more.agent_properties[-1:], [*present, 4]
        properties = properties + added
        states, recurrent = states + more.agent_states[-1:], recurrent + more.recurrent_states[-1:]
    response = drive(response, properties, agent_states=states, recurrent_states=recurrent)
    states, recurrent = response.agent_states, response.recurrent_states
    if step == 3:
        start = InitializeResponse(agent_states=states, recurrent_states=recurrent,
            agent_attributes=[], agent_properties=properties, birdview=None, infractions=[],
            traffic_lights_states=response.traffic_lights_states,
            light_recurrent_states=response.light_recurrent_states,
            api_model_version=first.api_model_version)
        writer.initialize(location=location, location_info_response=info, init_response=start,
            initialize_random_seed=5, lights_random_seed=21, drive_random_seed=11)
    if 3 < step < 8:
        writer.drive(response, current_present_indexes=present, new_agent_properties=added)
writer.export_to_file("scenario.json")
"""

EGO = """
info = iai.location_info(location)
response = iai.initialize(location, agent_properties=cars(4), random_seed=5)
properties = response.agent_properties
writer = iai.LogWriter()
writer.initialize(location=location, location_info_response=info, init_response=response,
    initialize_random_seed=5, drive_random_seed=11)
applied = []
for step in range(8):
    states = list(response.agent_states)
    states[1] = AgentState.fromlist([states[1].center.x + 0.01, states[1].center.y, 0.1, 2.0])
    applied.append([state.tolist() for state in states])
    response = drive(response, properties, agent_states=states)
    writer.drive(response)
applied.append([state.tolist() for state in response.agent_states])
writer.export_to_file("scenario.json")
json.dump(applied, open("applied.json", "w"))
"""

FORK = """
iai.location_info(location)
response = iai.initialize(location, agent_properties=cars(4), random_seed=5)
properties = response.agent_properties
for seed in (1, 2, 3):
    branch = response
    for _ in range(seed):
        branch = drive(branch, properties, random_seed=seed)
"""

TWO_IN_TURN = """
iai.location_info(location)
for seed in (5, 6):
    response = iai.initialize(location, agent_properties=cars(4), random_seed=seed)
    properties = response.agent_properties
    for _ in range(5):
        response = drive(response, properties)
"""

LARGE = """
location = "sandbox:grid"
regions = iai.get_regions_default(location, agent_count_dict={AgentType.car: 150},
    area_shape=(150, 150), random_seed=5)
top = iai.initialize(location, agent_properties=cars(2), random_seed=9, location_of_interest=(0, 0))
response = iai.large_initialize(location, regions, agent_properties=top.agent_properties + cars(1),
    agent_states=top.agent_states, random_seed=5, display_progress_bar=False, get_infractions=True)
properties = response.agent_properties
for step in range(3):
    response = iai.large_drive(location, agent_states=response.agent_states,
        agent_properties=properties, recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states, random_seed=5,
        single_call_agent_limit=60, get_infractions=True, async_api_calls="async" in sys.argv)
"""

PROGRAMS = {
    "plain": PLAIN, "leaving and arriving": LEAVING_AND_ARRIVING, "ego": EGO, "fork": FORK,
    "two in turn": TWO_IN_TURN, "large": LARGE,
}  # fmt: skip


def record(cli: Cli, sandbox: Sandbox, program: str, *arguments: str) -> dict[str, Any]:
    """Record a program while the SDK writes its own log too; return that log.

    In concurrent large calls the SDK's log breaks: there it is off.
    """
    env = {} if "async" in arguments else {"IAI_LOGGER_PATH": "."}
    recorded(cli, sandbox.url, START + program, *arguments, env=env)
    return next((json.loads(log.read_text()) for log in cli.folder.glob("iai_log_*")), {})


def exported(cli: Cli, *arguments: str) -> dict[str, Any]:
    done = cli.run("export", "debug-log", "run.iairec", "-o", "ours.json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads((cli.folder / "ours.json").read_text())  # type: ignore[no-any-return]


def as_multisets(log: dict[str, Any]) -> dict[str, Counter[bytes] | int]:
    return {
        key: len(items)
        if key.endswith("timestamps")
        else Counter(canonical_json(json.loads(item)) for item in items)
        for key, items in log.items()
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_debug_log_equals_the_sdks_of_the_same_run(
    cli: Cli, sandbox: Sandbox, name: str
) -> None:
    theirs = record(cli, sandbox, PROGRAMS[name])
    ours = exported(cli)
    assert as_multisets(ours) == as_multisets(theirs)
    for key, items in theirs.items():
        model = key.removesuffix("_requests").removesuffix("_responses")
        answered = len(theirs.get(f"{model}_requests", ())) == len(
            theirs.get(f"{model}_responses", ())
        )
        # One call after another: even their order is the same. Unanswered calls stand last in ours,
        # so that position pairs the others.
        if not key.endswith("timestamps") and answered:
            assert [json.loads(item) for item in ours[key]] == [json.loads(item) for item in items]


def test_a_concurrent_large_run_is_logged_like_the_same_run_one_call_after_another(
    cli: Cli, sandbox: Sandbox
) -> None:
    theirs = record(cli, sandbox, LARGE)
    record(cli, sandbox, LARGE, "async")
    ours = exported(cli)
    assert as_multisets(ours) == as_multisets(theirs)
    for model in ("drive", "large_drive", "large_initialize"):
        requests, responses = (log_pairs(log, model) for log in (ours, theirs))
        assert requests == responses  # every pair is right


def log_pairs(log: dict[str, Any], model: str) -> Counter[tuple[bytes, bytes]]:
    return Counter(
        (canonical_json(json.loads(request)), canonical_json(json.loads(response)))
        for request, response in zip(
            log[f"{model}_requests"], log[f"{model}_responses"], strict=True
        )
    )


def test_two_clients_at_once_are_two_simulations_each_with_its_own_log(
    cli: Cli, sandbox: Sandbox
) -> None:
    (cli.folder / "program.py").write_text(
        START + TWO_IN_TURN.replace("(5, 6)", "(int(sys.argv[1]),)")
    )
    with cli.start(
        "record", "-o", "run.iairec", "--listen", "127.0.0.1:0", "--upstream", sandbox.url
    ) as proxy:
        exports = proxy.wait_for(r"(?s)(export HTTPS_PROXY=.*?)\niai-proxy: stop")[1]
        command = f"{exports}\nexec {sys.executable} program.py"
        clients = [
            subprocess.Popen(
                ["sh", "-c", f"{command} {seed}"],
                cwd=cli.folder,
                env={**cli.environment, "IAI_LOGGER_PATH": f"sdk{seed}"},
            )
            for seed in (21, 22)
        ]
        assert [client.wait(60) for client in clients] == [0, 0]
        proxy.stop()
    theirs = []
    for seed in (21, 22):
        (written,) = (cli.folder / f"sdk{seed}").iterdir()
        theirs.append(json.loads(written.read_text()))
    found = [exported(cli, "--sim", str(number)) for number in (1, 2)]
    by_drives = {json.dumps(sorted(log["drive_requests"])): log for log in found}
    for log in theirs:
        ours = by_drives[json.dumps(sorted(log["drive_requests"]))]
        for model in ("initialize", "drive"):
            assert log_pairs(ours, model) == log_pairs(log, model)


@pytest.mark.parametrize("name", ["plain", "leaving and arriving", "ego"])
def test_the_scenario_log_equals_log_writers_value_for_value(
    cli: Cli, sandbox: Sandbox, name: str
) -> None:
    record(cli, sandbox, PROGRAMS[name])
    done = cli.run("export", "scenario", "run.iairec", "-o", "ours.json")
    assert done.returncode == 0, done.stderr
    ours = json.loads((cli.folder / "ours.json").read_text())
    theirs = json.loads((cli.folder / "scenario.json").read_text())
    assert ours == theirs


def test_an_excerpt_equals_what_log_writer_writes_that_begins_and_ends_there(
    cli: Cli, sandbox: Sandbox
) -> None:
    """With the seed of the lights, which no request has."""
    record(cli, sandbox, EXCERPT)
    chosen = ["--steps", "3:7", "--seed-lights", "21"]
    done = cli.run("export", "scenario", "run.iairec", "-o", "ours.json", *chosen)
    assert done.returncode == 0, done.stderr
    ours = json.loads((cli.folder / "ours.json").read_text())
    theirs = json.loads((cli.folder / "scenario.json").read_text())
    assert ours == theirs
    command = [sys.executable, "-c", READ, sandbox.url]
    read = subprocess.run(
        command, cwd=cli.folder, env=cli.environment, capture_output=True, text=True, check=True
    )
    assert read.stdout.startswith("5 [[")


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ("3", "--steps 3 is no range: give two steps, such as 10:20, or 10: or :20"),
        ("5:3", "--steps 5:3 is reversed: give 3:5"),
        (":13", "--steps :13 is not within the run: it has steps 0 to 12"),
    ],
)
def test_steps_that_are_no_range_of_the_run_are_refused(
    cli: Cli, sandbox: Sandbox, steps: str, reason: str
) -> None:
    record(cli, sandbox, PLAIN)
    done = cli.invoke("export", "scenario", "run.iairec", "-o", "o.json", "--steps", steps)
    assert (done.exit_code, done.stderr.strip()) == (2, f"iai-proxy: {reason}")


def test_with_maps_log_reader_loads_a_scenario_offline(cli: Cli, sandbox: Sandbox) -> None:
    """The client itself never asks for location_info."""
    program = START + TWO_IN_TURN.replace("iai.location_info(location)", "")
    client = ["--", sys.executable, "-c", program]
    done = cli.run(
        "record", "-o", "run.iairec", "--maps", "--upstream", sandbox.url, "--no-check", *client
    )
    assert done.returncode == 0, done.stderr
    assert "no location_info" not in done.stderr
    assert not cli.run("export", "scenario", "run.iairec", "-o", "ours.json").returncode
    offline = READ.replace("iai.session.base_url = sys.argv[1]", "")
    read = cli.run("replay", "run.iairec", "--", sys.executable, "-c", offline)
    assert read.returncode == 0, read.stderr
    assert read.stdout.startswith("6 [[")
    again = cli.run("replay", "run.iairec", "--fail-on-unused", *client)
    assert again.returncode == 0, again.stderr


def test_applied_states_are_what_the_client_went_on_with(cli: Cli, sandbox: Sandbox) -> None:
    record(cli, sandbox, EGO)
    cli.run("export", "scenario", "run.iairec", "-o", "ours.json", "--states", "applied")
    ours = json.loads((cli.folder / "ours.json").read_text())["predetermined_agents"]
    applied = json.loads((cli.folder / "applied.json").read_text())
    for step, states in enumerate(applied):
        for agent, (x, y, orientation, speed) in enumerate(states):
            state = ours[str(agent)]["states"][str(step)]
            assert (state["center"], state["orientation"], state["speed"]) == (
                {"x": x, "y": y},
                orientation,
                speed,
            )


READ = """
import sys
import invertedai as iai
iai.session.base_url = sys.argv[1]
reader = iai.LogReader("ours.json")
reader.initialize()
steps = [[state.tolist() for state in reader.agent_states]]
while reader.drive():
    steps.append([state.tolist() for state in reader.agent_states])
print(len(steps), steps[-1])
"""


def test_log_reader_steps_through_a_large_run(cli: Cli, sandbox: Sandbox) -> None:
    record(cli, sandbox, LARGE, "async")
    assert (
        cli.run("export", "scenario", "run.iairec", "--sim", "2", "-o", "ours.json").returncode == 0
    )
    command = [sys.executable, "-c", READ, sandbox.url]
    done = subprocess.run(
        command, cwd=cli.folder, env=cli.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("4 [[")


def test_a_scenario_without_location_info_is_written_with_a_warning_that_names_it(
    cli: Cli, sandbox: Sandbox
) -> None:
    record(cli, sandbox, TWO_IN_TURN.replace("iai.location_info(location)", ""))
    done = cli.run("export", "scenario", "run.iairec", "-o", "ours.json")
    assert done.returncode == 0
    assert "no location_info for canada:drake_street_and_pacific_blvd" in done.stderr
    command = [sys.executable, "-c", READ, sandbox.url]
    subprocess.run(command, cwd=cli.folder, env=cli.environment, check=True, capture_output=True)


def test_what_the_sdk_leaves_out_is_added_under_names_of_its_own(
    cli: Cli, sandbox: Sandbox
) -> None:
    record(cli, sandbox, TWO_IN_TURN + "iai.light(location)\n")
    plain, full = exported(cli), exported(cli, "--with-errors")
    assert "iai_proxy_light_requests" not in plain
    assert len(full["iai_proxy_light_responses"]) == 1
    assert {key: items for key, items in full.items() if not key.startswith("iai_proxy_")} == plain


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("debug-log", "run.iairec", "-o", "x.json", "--sim", "9"),
            "there is no simulation 9: the recording has 2",
        ),
        (("scenario", "run.iairec", "-o", "x.json", "--branch", "4"), "has no branch 4"),
        (
            ("scenario", "run.iairec", "-o", "no/such/folder/x.json"),
            "can't write no/such/folder/x.json",
        ),
        (("scenario", "missing.iairec", "-o", "x.json"), "there is no recording missing.iairec"),
    ],
)
def test_bad_input_is_a_sentence(
    cli: Cli, sandbox: Sandbox, arguments: tuple[str, ...], sentence: str
) -> None:
    record(cli, sandbox, TWO_IN_TURN)
    done = cli.run("export", *arguments)
    assert done.returncode in {2, 3}
    assert sentence in done.stderr


def test_record_writes_the_logs_when_it_stops(cli: Cli, sandbox: Sandbox) -> None:
    (cli.folder / "program.py").write_text(START + TWO_IN_TURN)
    client = [sys.executable, "program.py"]
    done = cli.run(
        "record",
        "-o",
        "run.iairec",
        "--upstream",
        sandbox.url,
        "--logs",
        "logs/of/it",
        "--",
        *client,
    )
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in (cli.folder / "logs/of/it").iterdir())
    assert [name.split("_20")[0] for name in names] == ["iai_log", "iai_scenario", "iai_scenario"]
    (log,) = (cli.folder / "logs/of/it").glob("iai_log_*_UTC.json")
    # Windows and upload actions refuse the colons that the SDK has there.
    assert not any(":" in name for name in names)
    assert json.loads(log.read_text()) == exported(cli)


def test_a_client_with_the_sdks_own_log_on_is_told_of_the_better_one(
    cli: Cli, sandbox: Sandbox
) -> None:
    with_log = cli.run("record", "-o", "a.iairec", "--", "true", env={"IAI_LOGGER_PATH": "x"})
    without = cli.run("record", "-o", "b.iairec", "--", "true")
    assert with_log.stderr.count("IAI_LOGGER_PATH is set") == 1
    assert "IAI_LOGGER_PATH" not in without.stderr


def test_show_and_calls_know_simulations_and_steps(cli: Cli, sandbox: Sandbox) -> None:
    record(cli, sandbox, LEAVING_AND_ARRIVING)
    shown = cli.run("show", "run.iairec").stdout
    assert "step 5: agents 1, 3 leave" in shown
    assert "step 9: agents 5-6 arrive" in shown
    (simulation,) = json.loads(cli.run("show", "run.iairec", "--json").stdout)["simulations"]
    assert (simulation["steps"], simulation["seeds"], simulation["large"]) == (12, [5, 11], False)
    (call,) = json.loads(
        cli.run("calls", "run.iairec", "--sim", "1", "--step", "3", "--json").stdout
    )
    assert (call["endpoint"], call["simulation"], call["step"]) == ("drive", 1, 3)
    calls = json.loads(cli.run("calls", "run.iairec", "--json").stdout)
    borrowed = next(call for call in calls if call["step"] == 9)
    assert borrowed["endpoint"] == "initialize"


LARGE_DRIVE_FROM_INITIALIZE = """
location = "sandbox:grid"
response = iai.initialize(location, agent_properties=cars(60), random_seed=9)
properties = response.agent_properties
for step in range(3):
    response = iai.large_drive(location, agent_states=response.agent_states,
        agent_properties=properties, recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states, random_seed=5,
        single_call_agent_limit=40, async_api_calls=False)
"""

FAILING = """
iai.session.base_backoff = 0.01
for _ in range(2):
    iai.location_info(location)
response = iai.initialize(location, agent_properties=cars(3), random_seed=5)
properties = response.agent_properties
for _ in range(2):
    try:
        drive(response, properties[:2])
    except iai.error.InvalidRequestError:
        pass
for _ in range(4):
    response = drive(response, properties)
"""


def test_a_large_drive_from_an_ordinary_initialize_is_logged_as_that(
    cli: Cli, sandbox: Sandbox
) -> None:
    theirs = record(cli, sandbox, LARGE_DRIVE_FROM_INITIALIZE)
    assert as_multisets(exported(cli)) == as_multisets(theirs)


def test_retries_and_refusals_are_logged_as_the_program_saw_them(cli: Cli) -> None:
    rules = ("location_info:every=2:status=503", "drive:every=4:status=503")
    with spawned_sandbox(SandboxSettings(faults=tuple(map(FaultRule.parse, rules)))) as failing:
        theirs = record(cli, failing, FAILING)
    ours = exported(cli)
    assert as_multisets(ours) == as_multisets(theirs)
    assert len(ours["drive_requests"]) == len(ours["drive_responses"]) + 2
