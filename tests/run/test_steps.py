"""What programs read of a recording that the real SDK made, against what its objects held."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from end_to_end.test_large_calls_of_clients import PLAIN, SDK
from support.cli import Cli
from support.exchanges import exchange, request
from support.recorded import recorded
from support.recordings import change, write

import iai_proxy
from iai_proxy.errors import InputError, UsageError
from iai_proxy.recordings import Recording
from iai_proxy.run import Run
from iai_proxy.sandbox.server import Sandbox

NAMES = {"ego": 0, "b": 1, "c": 2, "d": 3, "e": 4, "new": 5}


def test_steps_hold_what_the_sdk_held(run: Run, held: list[dict[str, Any]]) -> None:
    simulation = run.simulations[0]
    assert len(simulation.branches) == 2
    for step, told in zip(simulation.steps, held[:9], strict=True):
        assert [agent.number for agent in step.agents] == [NAMES[name] for name in told["agents"]]
        assert [list(agent.state) for agent in step.agents] == told["states"]
        assert [agent.index for agent in step.agents] == list(range(len(told["agents"])))
        sizes = [[a.type, a.length, a.width, a.rear_axis_offset] for a in step.agents]
        assert sizes == told["sizes"]
        assert {str(light): state for light, state in (step.lights or {}).items()} == told["lights"]
        flags = [[a.collision, a.offroad, a.wrong_way] for a in step.agents]
        assert flags == (told["infractions"] or [[None] * 3] * len(step.agents))
        assert [a.inside for a in step.agents] == (told["inside"] or [None] * len(step.agents))
        assert list(step.states) == [agent.number for agent in step.agents]


def test_what_was_sent_is_what_the_program_gave_the_sdk(
    run: Run, held: list[dict[str, Any]]
) -> None:
    steps = run.simulations[0].steps
    assert [agent.sent for agent in steps[0].agents] == [None] * 5
    for number in range(1, 9):
        before = dict(zip(held[number - 1]["agents"], held[number - 1]["states"], strict=True))
        for agent, name in zip(steps[number].agents, held[number]["agents"], strict=True):
            if name == "ego":
                assert agent.sent == (number * 1.5, -2.0, 0.25, 15.0)
                assert agent.ego
            elif name in before:
                assert agent.sent == tuple(before[name])
                assert not agent.ego
            else:  # placed by an `initialize` of its own
                assert number == 6
                assert agent.sent is not None
                assert all(map(math.isfinite, agent.sent))


def test_steps_are_a_sequence(run: Run) -> None:
    steps = run.simulations[0].steps
    assert len(steps) == 9
    assert steps[4].number == 4
    assert steps[-1].number == 8
    assert [step.number for step in steps[2:4]] == [2, 3]
    assert [step.time for step in steps[2:4]] == [0.2, 0.3]
    assert steps[4].agent(4).type == "pedestrian"
    with pytest.raises(UsageError, match=r"agent 2 is not there at step 4 of simulation 1"):
        steps[4].agent(2)
    with pytest.raises(IndexError):
        steps[9]


def test_each_step_is_an_own_step_of_one_branch(run: Run) -> None:
    found = [(step.simulation, step.branch, step.number) for step in run.steps]
    assert len(run.steps) == len(found)
    assert [(step.branch, step.number) for step in run.steps[8:10]] == [(1, 8), (2, 4)]
    assert (run.steps[-1].branch, run.steps[-1].number) == (2, 5)
    with pytest.raises(IndexError):
        run.steps[len(found)]
    assert found == [(1, 1, number) for number in range(9)] + [(1, 2, 4), (1, 2, 5)]


def test_branches_are_numbered_and_share_what_came_before_the_fork(
    run: Run, held: list[dict[str, Any]]
) -> None:
    """The program drives on from step 3 once more, for two steps."""
    simulation = run.simulation(1)
    assert simulation.trunk.number == 1
    aside = simulation.branch(2)
    assert (aside.leaves_branch, aside.leaves_at) == (1, 3)
    assert [step.number for step in aside.steps] == [0, 1, 2, 3, 4, 5]
    assert [list(agent.state) for agent in aside.steps[5].agents] == held[-1]["states"]
    with pytest.raises(UsageError, match=r"^simulation 1 has no branch 3: it has 1-2$"):
        simulation.branch(3)
    with pytest.raises(UsageError, match=r"run\.iairec has no simulation 2: it has 1$"):
        run.simulation(2)


def test_an_agent_is_followed_by_its_number(run: Run, held: list[dict[str, Any]]) -> None:
    """Agent c is there until step 3, the newcomer from step 6 on, at another place of the list."""
    branch = run.simulations[0].trunk
    assert [seen.step for seen in branch.track(2)] == [0, 1, 2, 3]
    for seen in branch.track(5):
        told = held[seen.step]
        assert list(seen.state) == told["states"][told["agents"].index("new")]
    assert [seen.step for seen in branch.track(5)] == [6, 7, 8]


def test_all_agents_of_a_simulation_are_known(run: Run, held: list[dict[str, Any]]) -> None:
    agents = run.simulations[0].agents
    told = {
        NAMES[name]: tuple(size)
        for step in held[:9]
        for name, size in zip(step["agents"], step["sizes"], strict=True)
    }
    assert [agent.number for agent in agents] == sorted(told)
    for agent in agents:
        found = (agent.type, agent.length, agent.width, agent.rear_axis_offset)
        assert found == told[agent.number]
    assert [agent.number for agent in agents if agent.ego] == [0]


def test_steps_know_how_they_came_about(run: Run) -> None:
    """Calls by hand: 1 is location_info, 2 initialize, 8 the initialize of the newcomer."""
    steps = run.simulations[0].steps
    assert [step.calls for step in steps] == [(n,) for n in (2, 3, 4, 5, 6, 7, 9, 10, 11)]
    assert [step.seed for step in steps] == [5, *[7] * 8]
    assert {step.model_version for step in steps} == {"sandbox-1"}
    for step in steps:
        call = run.call(step.calls[0])
        assert (step.started_ns, step.started) == (call.started_ns, call.started)
        assert step.latency_ms == call.duration_ms
        assert (step.attempts, step.is_answered) == ((), True)


def test_what_is_iterated_over_is_what_the_table_has(run: Run) -> None:
    pytest.importorskip("pandas")
    rows = run.agents().arrow().to_pylist()
    names = ("x", "y", "heading", "speed")
    for row, agent in zip(rows, run.agents(), strict=True):
        assert (row["simulation"], row["branch"], row["step"], row["agent"]) == (
            (agent.simulation, agent.branch, agent.step, agent.number)
        )
        assert tuple(row[name] for name in names) == agent.state
        sent = tuple(row[f"sent_{name}"] for name in names)
        assert (None if None in sent else sent) == agent.sent
        for name in ("index", "length", "width", "rear_axis_offset", "type", "inside", "collision"):
            assert row[name] == getattr(agent, name), name
    lights = run.lights().pandas()
    assert list(zip(lights["step"], lights["light"], lights["state"], strict=True)) == [
        (light.step, light.light, light.state) for light in run.lights()
    ]


def test_after_it_was_closed_a_run_says_so(run: Run) -> None:
    steps = run.simulations[0].steps
    run.close()
    with pytest.raises(UsageError, match=r"is closed: read from it within `with iai_proxy\.open"):
        list(steps)


def test_what_only_a_damaged_body_tells_is_missing_and_said(path: Path, run: Run) -> None:
    """The answer of step 1 is spoilt: where its agents are stands beside it."""
    whole = list(run.simulations[0].steps)[1]
    with Recording(path) as recording:
        digest = recording.call(whole.calls[0]).response_hash
    change(path, "UPDATE body SET data = x'00' WHERE hash = ?", digest)
    with iai_proxy.open(path) as damaged:
        assert damaged.damage == ""
        step = damaged.simulations[0].steps[1]
        assert step.states == whole.states
        assert (step.lights, step.agents[0].inside) == (None, None)
        assert damaged.damage
        with pytest.raises(InputError, match=f"^{re.escape(str(path))}"):
            _ = damaged.call(whole.calls[0]).response


def test_an_agent_that_no_one_told_anything_of_has_no_type_and_no_sizes(tmp_path: Path) -> None:
    states, recurrent = [[1.0, 2.0, 0.5, 3.0], [9.0, 2.0, 0.5, 3.0]], [[0.5] * 4, [0.25] * 4]
    asked = request(json.dumps({"location": "x", "agent_states": states}).encode())
    answer = json.dumps({"agent_states": states, "recurrent_states": recurrent}).encode()
    write(tmp_path / "run.iairec", exchange(asked, answer))
    with iai_proxy.open(tmp_path / "run.iairec") as told_nothing:
        first, second = told_nothing.simulations[0].steps[0].agents
        assert (first.type, first.length, first.width) == (None, None, None)
        assert (first.state, first.sent) == (tuple(states[0]), tuple(states[0]))
        assert (second.collision, second.inside, second.ego) == (None, None, False)


@pytest.mark.parametrize("program", [SDK, PLAIN], ids=["sdk", "plain"])
def test_large_steps_are_those_that_the_client_got(
    cli: Cli, sandbox: Sandbox, program: str
) -> None:
    printed = recorded(cli, sandbox.url, program, "30")
    told = [json.loads(line) for line in printed.splitlines()]
    with iai_proxy.open(cli.folder / "run.iairec") as large:
        (simulation,) = large.simulations
        assert simulation.large
        for step, (states, _, infractions) in zip(simulation.steps, told, strict=True):
            assert [list(agent.state) for agent in step.agents] == states
            flags = [[a.collision, a.offroad, a.wrong_way] for a in step.agents]
            assert flags == infractions
            assert len(step.calls) > 1
