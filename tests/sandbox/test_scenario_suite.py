"""The SDK's scenario suite against the sandbox: nine real places, none of which it knows.

``python -m invertedai.logs.run_scenario_suite`` without the pictures, which take most of its time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iai_proxy.sandbox.server import running_sandbox

iai = pytest.importorskip("invertedai")
suite = pytest.importorskip("invertedai.logs.run_scenario_suite")

SCENARIOS = sorted(Path(suite.__file__).with_name("scenario_test_suite").glob("*.json"))
STEPS = 2


@pytest.fixture(scope="module")
def sandbox() -> Iterator[None]:
    with running_sandbox() as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setattr(iai.session, "_base_url", sandbox.url)
        patch.setattr(iai.session.session, "trust_env", False)
        yield
        iai.session.session.close()


def test_the_suite_has_nine_scenarios() -> None:
    assert len(SCENARIOS) == 9


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_runs(path: Path) -> None:
    tool = suite.ScenarioTool(scenario_path=str(path))
    assert tool.log_reader.location_info_response.birdview_image.decode().shape[2] == 3
    groups = tool.cosimulation.light_recurrent_state
    shown = [tool.cosimulation.light_states]
    for seed in range(STEPS):
        tool.step([], random_seed=seed, get_infractions=True)
        shown.append(tool.cosimulation.light_states)
    if groups:
        assert len(tool.cosimulation.light_recurrent_state) == len(groups)
    assert len(tool.cosimulation.agent_states) == len(tool.cosimulation.agent_properties)
    assert lights_of(shown) <= plotted_by(tool)


def lights_of(shown: list[dict[int, Any] | None]) -> set[int]:
    return {light for lights in shown for light in lights or ()}


def plotted_by(tool: Any) -> set[int]:
    """The lights that the SDK's plotter knows; any other one is a KeyError."""
    actors = tool.log_reader.location_info_response.static_actors
    return {actor.actor_id for actor in actors if actor.agent_type == "traffic_light"}
