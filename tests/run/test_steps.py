"""What programs read of a recording that the real SDK made, against what its objects held."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from scene.programs import PROGRAM
from support.cli import Cli
from support.recorded import recorded

import iai_proxy
from iai_proxy.errors import UsageError
from iai_proxy.run import Run
from iai_proxy.sandbox.server import Sandbox

pytest.importorskip("invertedai")

NAMES = {"ego": 0, "b": 1, "c": 2, "d": 3, "e": 4, "new": 5}


@pytest.fixture
def held(cli: Cli, sandbox: Sandbox) -> list[dict[str, Any]]:
    """What the SDK's objects held: steps 0 to 8, then 4 and 5 of another branch."""
    printed = recorded(cli, sandbox.url, PROGRAM)
    written: list[dict[str, Any]] = json.loads(printed.splitlines()[-1])
    return written


@pytest.fixture
def run(cli: Cli, held: object) -> Any:
    with iai_proxy.open(cli.folder / "run.iairec") as opened:
        yield opened


def test_steps_hold_what_the_sdk_held(run: Run, held: list[dict[str, Any]]) -> None:
    simulation = run.simulations[0]
    assert len(simulation.branches) == 2
    for step, told in zip(simulation.steps, held[:9], strict=True):
        assert [agent.number for agent in step.agents] == [NAMES[name] for name in told["agents"]]
        assert [list(agent.state) for agent in step.agents] == told["states"]
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
                assert agent.is_ego
            elif name in before:
                assert agent.sent == tuple(before[name])
                assert not agent.is_ego
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
    main = run.simulations[0].main_branch.number
    aside = 3 - main
    assert sorted(found) == sorted(
        [(1, main, number) for number in range(9)]
        + [(1, aside, 4), (1, aside, 5)]
        + [(simulation.number, 1, 0) for simulation in run.simulations[1:]]
    )
