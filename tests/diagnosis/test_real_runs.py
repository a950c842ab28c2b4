"""Runs of the real SDK through the real proxy: sound ones without alarms, others with theirs."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection

import pytest
from support.cli import Cli

from iai_proxy.diagnosis.check import Severity
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runner import run_checks
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import Sandbox

from .views import findings_of, views_from, without_infos

PRELUDE = """
import random
import invertedai as iai
from invertedai.common import AgentProperties, AgentState, AgentType, RecurrentState
location = "sandbox:crossing"
def begin(seed, cars=8, **more):
    properties = [AgentProperties(agent_type="car")] * cars
    return iai.initialize(location, agent_properties=properties, random_seed=seed, **more)
def drive(response, properties, seed, **more):
    given = dict(
        location=location,
        agent_states=list(response.agent_states),
        agent_properties=properties,
        recurrent_states=list(response.recurrent_states),
        light_recurrent_states=response.light_recurrent_states,
        random_seed=seed,
    )
    return iai.drive(**{**given, **more})
iai.location_info(location)
"""

CLEAN = """
# 1: plain, cars and pedestrians
mixed = [AgentProperties(agent_type=kind) for kind in ["car"] * 8 + ["pedestrian"] * 4]
response = iai.initialize(location, agent_properties=mixed, random_seed=1)
properties = response.agent_properties
for step in range(40):
    response = drive(response, properties, step)

# 2: agent 0 is driven by the client
response = begin(2)
properties = response.agent_properties
ego = response.agent_states[0]
for step in range(40):
    x, y, heading, speed = ego.tolist()
    import math
    if step:
        speed = min(speed + 0.2, 10)
        way = speed * 0.1
        x, y = x + way * math.cos(heading), y + way * math.sin(heading)
        ego = AgentState.fromlist([x, y, heading, speed])
    response = drive(response, properties, step, agent_states=[ego, *response.agent_states[1:]])

# 3: agents arrive, with zeros, and leave
response = begin(3)
properties = list(response.agent_properties)
many = [AgentProperties(agent_type="car")] * 30
place = iai.initialize(location, agent_properties=many, random_seed=9)
newcomer = AgentProperties(length=4.6, width=1.9, rear_axis_offset=1.3, agent_type="car")
for step in range(30):
    states, recurrent = list(response.agent_states), list(response.recurrent_states)
    if step in (10, 15):
        leaving = 2
        for rows in (states, recurrent, properties):
            del rows[leaving]
    if step in (5, 20):
        def distance(spawned):
            return min(spawned.center - state.center for state in states)
        far = max(place.agent_states, key=distance)
        states.append(far)
        recurrent.append(RecurrentState())
        properties.append(newcomer)
    changed = dict(agent_states=states, recurrent_states=recurrent)
    response = drive(response, list(properties), step, **changed)
"""

LARGE = """
location = "sandbox:grid"
cars = {AgentType.car: 120}
regions = iai.get_regions_default(
    location, agent_count_dict=cars, area_shape=(150, 150), random_seed=5)
response = iai.large_initialize(location, regions, random_seed=5, display_progress_bar=False)
properties = response.agent_properties
for step in range(8):
    response = iai.large_drive(
        location,
        agent_states=response.agent_states,
        agent_properties=properties,
        recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states,
        random_seed=step,
        single_call_agent_limit=40,
    )
"""


def recorded(cli: Cli, sandbox: Sandbox, program: str) -> tuple[RunView, list[StepView]]:
    pytest.importorskip("invertedai")
    (cli.folder / "program.py").write_text(PRELUDE + program)
    client = [sys.executable, "program.py"]
    done = cli.run("record", "-o", "run.iairec", "--upstream", sandbox.url, "--", *client)
    assert done.returncode == 0, done.stderr
    with Recording(cli.folder / "run.iairec") as recording:
        calls = {call.id: call for call in recording.calls()}
        return views_from(
            [
                (
                    calls[exchange.id],
                    exchange.request.body,
                    exchange.response.body if exchange.response else b"",
                )
                for exchange in recording.exchanges()
            ]
        )


def alarms(cli: Cli, egos: Collection[int] | None = None) -> list[str]:
    """What a user would see of errors and warnings."""
    found = diagnosed(cli.folder / "run.iairec", ALL, egos)
    assert (found.error, found.note) == (None, None)
    return [
        located.finding.sentence
        for located in found.located
        if located.check.severity is not Severity.INFO
    ]


def test_no_check_raises_an_alarm_on_plain_ego_and_changing_runs(
    cli: Cli, sandbox: Sandbox
) -> None:
    run, views = recorded(cli, sandbox, CLEAN)
    second = [view for view in views if view.endpoint == "initialize"][1].simulation
    for view in views:
        if view.simulation == second:
            view.egos = frozenset({0})
    assert len(views) == 4 + 110
    found = list(findings_of(run, views, ALL))
    assert without_infos(found) == []
    assert {finding.code for finding in found} <= {100, 101, 272, 304, 320}
    assert alarms(cli) == alarms(cli, [0]) == []
    assert diagnosed(cli.folder / "run.iairec", ALL).egos.by_simulation == {second: {0}}


def test_no_check_raises_an_alarm_on_a_large_run(cli: Cli, sandbox: Sandbox) -> None:
    run, views = recorded(cli, sandbox, LARGE)
    assert max(len(view.calls) for view in views if view.endpoint == "drive") > 1
    assert without_infos(list(findings_of(run, views, ALL))) == []
    assert alarms(cli) == []


def test_recurrent_states_spoilt_in_divided_calls_are_reported_for_the_right_agents(
    cli: Cli, sandbox: Sandbox
) -> None:
    """Rounded recurrent states connect no parts; exchanged ones put agents into wrong parts."""
    spoil = """
    rows = [row.packed for row in response.recurrent_states]
    if step == 6:
        rows[3], rows[90] = rows[90], rows[3]
    if step in (2, 3):
        rows = [[round(number, 5) for number in row] for row in rows]
    response.recurrent_states = [RecurrentState(packed=row) for row in rows]
"""
    head, loop = "for step in range(8):", "\n    response = iai.large_drive"
    program = LARGE.replace(head, f"{head}{spoil}".rstrip("\n"))
    assert loop in program
    run, views = recorded(cli, sandbox, program)
    assert [view.index for view in views] == list(range(9))
    found = without_infos(findings_of(run, views, ALL))
    said = {(finding.code, finding.step, finding.agents) for finding in found}
    everyone = tuple(range(len(views[0].answered_states)))
    assert said == {
        (203, 3, everyone), (203, 4, everyone), (20, 7, (3, 90)), (200, 7, (3,)), (200, 7, (90,)),
    }  # fmt: skip


TORN = """
location = "sandbox:grid"

def run(seed, spoil):
    cars = {AgentType.car: 120}
    regions = iai.get_regions_default(
        location, agent_count_dict=cars, area_shape=(150, 150), random_seed=seed)
    response = iai.large_initialize(location, regions, random_seed=seed, display_progress_bar=False)
    properties, lights = list(response.agent_properties), response.light_recurrent_states
    for step in range(1, 8):
        rows = list(response.agent_states), list(response.recurrent_states), list(properties)
        spoil(step, *rows)
        states, recurrent, sizes = rows
        response = iai.large_drive(
            location,
            agent_states=states,
            agent_properties=sizes,
            recurrent_states=recurrent,
            light_recurrent_states=lights,
            random_seed=step,
            single_call_agent_limit=60,
        )
        lights = response.light_recurrent_states
        for answered in response.agent_states, response.recurrent_states:
            del answered[len(properties):]

def rounded(step, states, recurrent, sizes):
    for agent, row in enumerate(recurrent):
        recurrent[agent] = RecurrentState(packed=[round(number, 4) for number in row.packed])

def exchanged(step, states, recurrent, sizes):
    if step == 4:
        far = max(range(len(states)), key=lambda agent: states[agent].center - states[0].center)
        states[0], states[far] = states[far], states[0]

def copied(step, states, recurrent, sizes):
    if step == 4:
        for rows in states, recurrent, sizes:
            rows.append(rows[60])

def sorted_by_x(step, states, recurrent, sizes):
    states.sort(key=lambda state: state.center.x)

def driven(step, states, recurrent, sizes):
    rounded(step, states, recurrent, sizes)
    if step > 1:
        x, y, heading, _ = way or states[9].tolist()
        way[:] = [x + 0.5 * math.cos(heading), y + 0.5 * math.sin(heading), heading, 5.0]
        states[9] = AgentState.fromlist(way)

import math
way = []
run(3, rounded)
run(4, exchanged)
run(5, copied)
run(6, sorted_by_x)
run(7, driven)
"""


def test_lists_spoilt_in_all_divided_calls_are_reported_for_the_right_agents(
    cli: Cli, sandbox: Sandbox
) -> None:
    """Agents at a red light keep their states, and parts of one call overlap in time."""
    run, views = recorded(cli, sandbox, TORN)
    first, second, third, fourth, fifth = (
        view.simulation for view in views if view.endpoint == "initialize"
    )
    (before,) = [view for view in views if (view.simulation, view.index) == (second, 3)]
    places = before.answered_states
    far = max(range(len(places)), key=lambda agent: math.dist(places[agent][:2], places[0][:2]))
    everyone = {
        view.simulation: tuple(range(len(view.answered_states))) for view in reversed(views)
    }
    for view in views:
        view.egos = frozenset({9}) if view.simulation == fifth else frozenset()
    located = [
        result
        for result in run_checks(run, views, ALL).located
        if result.check.severity is not Severity.INFO
    ]
    found = [
        (
            result.simulation,
            result.check.code,
            result.finding.step,
            result.finding.last_step,
            result.finding.agents,
        )
        for result in located
    ]
    assert {row[:2] for row in found if row[0] == fourth} == {(fourth, 10)}
    assert [row for row in found if row[0] != fourth] == [
        (first, 203, 1, 7, everyone[first]),
        (second, 10, 4, 4, (0, far)),
        (third, 206, 4, 4, (len(everyone[third]), 60)),
        (fifth, 203, 1, 7, tuple(agent for agent in everyone[fifth] if agent != 9)),
    ]


# --- The mistakes seen in published integrations (docs/wire.md), made with the real SDK, each in a
# simulation of its own.

PUBLISHED = """
# 1: an ego's yaw in degrees
response = begin(1)
properties = response.agent_properties
index = max(range(8), key=lambda agent: abs(response.agent_states[agent].orientation))
ego = response.agent_states[index]
import math
for step in range(8):
    x, y, heading, speed = ego.tolist()
    ego = AgentState.fromlist([x + math.cos(heading), y + math.sin(heading), heading, 10.0])
    sent = AgentState.fromlist([ego.center.x, ego.center.y, math.degrees(heading), 10.0])
    states = list(response.agent_states)
    states[index] = sent
    response = drive(response, properties, step, agent_states=states)

# 2: another agent's recurrent state for a newcomer
response = begin(2)
properties = list(response.agent_properties)
for step in range(6):
    states, recurrent = list(response.agent_states), list(response.recurrent_states)
    if step == 3:
        states.append(AgentState.fromlist([states[0].center.x + 30, states[0].center.y, 0.0, 0.0]))
        recurrent.append(recurrent[0])
        properties.append(properties[0])
    changed = dict(agent_states=states, recurrent_states=recurrent)
    response = drive(response, list(properties), step, **changed)

# 3: length and width changed after initialize
response = begin(3)
properties = [
    given.model_copy(update=dict(length=given.length + 0.4, width=given.width - 0.1))
    for given in response.agent_properties
]
for step in range(6):
    response = drive(response, properties, step)

# 4: agents dropped silently
response = begin(4)
properties = list(response.agent_properties)
for step in range(6):
    states, recurrent = list(response.agent_states), list(response.recurrent_states)
    if step == 3:
        for rows in (states, recurrent, properties):
            del rows[1:3]
    changed = dict(agent_states=states, recurrent_states=recurrent)
    response = drive(response, list(properties), step, **changed)

# 5: traffic_lights_states at some steps only
response = begin(5)
properties = response.agent_properties
for step in range(6):
    lights = response.traffic_lights_states if step % 2 else None
    response = drive(response, properties, step, traffic_lights_states=lights)

# 6: a seed drawn at each call
response = begin(6)
properties = response.agent_properties
for step in range(6):
    response = drive(response, properties, random.randint(1, 10**6))
"""


def test_the_mistakes_of_published_integrations_are_found(cli: Cli, sandbox: Sandbox) -> None:
    run, views = recorded(cli, sandbox, PUBLISHED)
    expected: list[dict[int, list[int]]] = [
        {220: list(range(1, 9))},
        {101: [4], 200: [4]},
        {51: [1]},
        {100: [4]},
        {250: [3, 5]},
        {279: [5]},
    ]
    begun = [view.simulation for view in views if view.endpoint == "initialize"]
    assert len(begun) == len(expected)
    for simulation, codes in zip(begun, expected, strict=True):
        own = [view for view in views if view.simulation == simulation]
        if 220 in codes:
            turned = max(range(8), key=lambda agent: abs(own[0].answered_states[agent][2]))
            for view in own:
                view.egos = frozenset({turned})
        found = list(findings_of(run, own, ALL))
        steps: dict[int, list[int]] = {}
        for finding in found:
            if finding.code not in {302, 304}:
                steps.setdefault(finding.code, []).append(finding.step)
        assert steps == codes, [finding.message for finding in found]


BRIDGES = """
import math
def bridge(seed, heading_of, speed_of):
    response = begin(seed)
    properties = response.agent_properties
    index = max(range(8), key=lambda agent: abs(math.sin(response.agent_states[agent].orientation)))
    x, y, heading, speed = response.agent_states[index].tolist()
    for step in range(13):
        x, y = x + math.cos(heading), y + math.sin(heading)
        states = list(response.agent_states)
        states[index] = AgentState.fromlist([x, y, heading_of(heading), speed_of(10.0)])
        response = drive(response, properties, step, agent_states=states)

bridge(1, lambda heading: -heading, lambda speed: speed)
bridge(2, lambda heading: heading, lambda speed: 0.0)
bridge(3, lambda heading: heading, lambda speed: 3.6 * speed)
bridge(4, lambda heading: heading, lambda speed: speed)
"""


def test_a_bridge_that_turns_headings_or_loses_speeds_is_found(cli: Cli, sandbox: Sandbox) -> None:
    """Wrong headings take five motions to show, lost speeds ten; both date from the first step."""
    run, views = recorded(cli, sandbox, BRIDGES)
    for view in views:
        sent, before = (
            view.request.get("agent_states", ()),
            view.previous.answered_states if view.previous else (),
        )
        view.egos = frozenset(
            agent for agent, state in enumerate(sent) if list(state) != list(before[agent])
        )
    located = [
        result
        for result in run_checks(run, views, ALL).located
        if result.check.severity is not Severity.INFO
    ]
    found = [
        (result.simulation, result.check.code, result.finding.step, result.finding.last_step)
        for result in located
    ]
    assert found == [(1, 229, 1, 13), (2, 230, 1, 13), (3, 221, 1, 13)]
