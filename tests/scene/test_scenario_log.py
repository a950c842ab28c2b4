"""Scenario logs as scenes, against what the SDK's ``LogReader`` makes of the same files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scene.programs import PROGRAM
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.errors import UsageError
from iai_proxy.sandbox.server import Sandbox, running_sandbox
from iai_proxy.scene import SetUp
from iai_proxy.scene.scenario_log import ScenarioRun

iai = pytest.importorskip("invertedai")
logger = pytest.importorskip("invertedai.logs.logger")
SUITE = Path(logger.__file__).with_name("scenario_test_suite")
SCENARIOS = sorted(SUITE.glob("*.json"))


@pytest.fixture(scope="module")
def sandbox_here() -> Iterator[None]:
    """``LogReader`` asks for the place."""
    with running_sandbox() as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setattr(iai.session, "_base_url", sandbox.url)
        patch.setattr(iai.session.session, "trust_env", False)
        yield
        iai.session.session.close()


def assert_same_as_read_by_the_sdk(path: Path) -> None:
    read: Any = logger.LogReader(str(path)).return_scenario_log()
    run = ScenarioRun(path)
    scene = run.scene()
    assert run.simulations[0].location == read.location
    assert [list(frame.agents) for frame in scene.frames] == read.present_indexes
    for frame, states in zip(scene.frames, read.agent_states, strict=True):
        shown = [list(frame.answered(place)) for place in range(len(frame.agents))]
        assert shown == [state.tolist() for state in states]
    lights = [
        {int(light): str(state.value) for light, state in shown.items()}
        for shown in read.traffic_lights_states or [{}] * len(scene.frames)
    ]
    assert [dict(frame.lights or {}) for frame in scene.frames] == lights
    for number, agent in scene.agents.items():
        held = read.agent_properties[number]
        assert (agent.kind, agent.length, agent.width, agent.rear_axis_offset) == (
            held.agent_type, held.length, held.width, held.rear_axis_offset,
        )  # fmt: skip


@pytest.mark.usefixtures("sandbox_here")
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_suite_in_the_wheel(path: Path) -> None:
    assert_same_as_read_by_the_sdk(path)


@pytest.mark.usefixtures("sandbox_here")
def test_what_we_export_ourselves(cli: Cli, sandbox: Sandbox) -> None:
    recorded(cli, sandbox.url, PROGRAM)
    exported = cli.invoke("export", "scenario", "run.iairec", "-o", "run.json")
    assert exported.exit_code == 0, exported.output
    assert_same_as_read_by_the_sdk(cli.folder / "run.json")


def test_lights_stand_where_the_file_has_them() -> None:
    path = SUITE / "IAI_test_suite_5a_unnprotected_left_turn.json"
    scene = ScenarioRun(path).scene()
    first = scene.actors[0]
    assert (first.actor_id, first.agent_type) == (103760, "traffic_light")
    assert (first.x, first.y, first.orientation) == (0.883, -15.8905, 0.7876)
    assert (first.length, first.width) == (0.3421, 3.7417)
    controls = json.loads(path.read_text())["predetermined_controls"]
    assert len(scene.actors) == len(controls)


def test_some_steps_and_none_that_are_not_there(tmp_path: Path) -> None:
    document = json.loads(SCENARIOS[0].read_text())
    document["scenario_length"] = 3
    agent = document["predetermined_agents"]["0"]
    agent["states"]["2"] = {**agent["states"]["0"], "speed": float("nan")}
    agent["states"]["1"] = {**agent["states"]["0"], "speed": 5}
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(document))
    run = ScenarioRun(path)
    scene = run.scene(steps=range(1, 9))
    assert [(frame.step, frame.agents) for frame in scene.frames] == [(1, (0,)), (2, ())]
    assert scene.frames[0].answered(0)[3] == 5.0
    seeds = int(document["initialize_random_seed"]), int(document["drive_random_seed"])
    versions = document["initialize_model_version"], document["drive_model_version"]
    assert scene.set_up == SetUp(*seeds, tuple(dict.fromkeys(versions)))
    assert "no calls" in scene.unchecked
    assert scene.frames[1].unplaced[0].index == 0
    assert list(scene.agents) == [0]
    with pytest.raises(UsageError, match="has steps 0 to 2, and not 3 to 4"):
        run.scene(steps=range(3, 5))
    with pytest.raises(UsageError, match="one simulation and one branch, both 1, and not 2"):
        run.scene(2)
    with pytest.raises(UsageError, match="and not branch 2 of simulation 1"):
        run.scene(1, 2)
    document["scenario_length"] = 0
    path.write_text(json.dumps(document))
    assert ScenarioRun(path).simulations == ()
    with pytest.raises(UsageError, match="has no steps"):
        ScenarioRun(path).scene()
