"""Runs with mistakes, damage and answers as no API gives them can be looked at all the same."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.test_runs import log_of, write_recording
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.recordings import change, rows

from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.logs.importing import import_debug_log
from iai_proxy.recordings import Recording
from iai_proxy.scene import Scene
from iai_proxy.scene.recorded import RecordedRun

Json = dict[str, Any]


def scenes_of(path: Path, run: list[Json] | None = None) -> list[Scene]:
    """All scenes of a recording, with the findings of a diagnosis."""
    if run is not None:
        path.unlink(missing_ok=True)
        write_recording(path, run)
    located = diagnosed(path, ALL).located
    with Recording(path) as recording:
        opened = RecordedRun(recording)
        return [
            opened.scene(info.number, branch.number, problems=located)
            for info in opened.simulations
            for branch in info.branches
        ]


def assert_sound(scene: Scene) -> None:
    """Whatever was recorded, a renderer can rely on this."""
    (branch,) = [info for info in scene.simulation.branches if info.number == scene.branch]
    assert [frame.step for frame in scene.frames] == list(range(branch.first, branch.last + 1))
    for frame in scene.frames:
        assert len(frame.states) == 4 * len(frame.agents)
        assert len(set(frame.agents)) == len(frame.agents)
        assert set(frame.agents) <= scene.agents.keys()
        assert set(frame.applied) <= set(frame.agents)
        assert all(map(math.isfinite, frame.states))
        assert all(math.isfinite(value) for state in frame.applied.values() for value in state)
        assert frame.calls is None or len(frame.calls.sources) == len(frame.agents)
        assert frame.calls is None or len(frame.calls.marks) == len(frame.agents)
    for number, agent in scene.agents.items():
        assert agent.number == number
        assert 0 < agent.length < 1000
        assert 0 < agent.width < 1000
    for problem in scene.problems:
        assert branch.first <= problem.first <= problem.last <= branch.last
        assert set(problem.agents) <= scene.agents.keys()


@pytest.mark.parametrize("mistake", mistakes.MISTAKES.values(), ids=mistakes.MISTAKES.keys())
def test_a_run_with_a_mistake_can_be_looked_at(
    tmp_path: Path, mistake: Callable[[], list[Json]]
) -> None:
    scenes = scenes_of(tmp_path / "run.iairec", mistake())
    for scene in scenes:
        assert_sound(scene)


def test_a_run_whose_recurrent_states_are_rounded_is_one_run(tmp_path: Path) -> None:
    def edit(step: int, request: Json) -> None:
        if step:
            request["recurrent_states"] = [
                [round(number, 2) for number in row] for row in request["recurrent_states"]
            ]

    (scene,) = scenes_of(tmp_path / "run.iairec", mistakes.run(edit, steps=8))
    assert [frame.agents for frame in scene.frames] == [(0, 1, 2)] * 9
    assert {problem.name for problem in scene.problems} >= {"recurrent-rounded"}


def test_rounded_states_are_no_ghosts_and_whole_turns_neither(tmp_path: Path) -> None:
    def edit(step: int, request: Json) -> None:
        for state in request["agent_states"] if step else ():
            state[:] = [round(number + 0.004, 2) for number in state]
            state[2] += 2 * math.pi

    (scene,) = scenes_of(tmp_path / "run.iairec", mistakes.run(edit, steps=3))
    assert [frame.applied for frame in scene.frames] == [{}] * 4


def test_agents_that_are_nowhere_are_not_shown(tmp_path: Path) -> None:
    def answered(step: int, answer: Json) -> None:
        if step == 2:
            answer["agent_states"][1] = [math.nan, 0.0, 0.0, 1.0]
        if step == 3:
            answer["agent_states"][0] = [1e300, 0.0, 0.0, 1.0]

    (scene,) = scenes_of(tmp_path / "run.iairec", mistakes.run(answered=answered, steps=4))
    assert_sound(scene)
    shown = {frame.step: frame.agents for frame in scene.frames}
    assert shown[1] == (0, 1, 2)
    assert shown[2] == (0, 2)
    assert shown[3] == (1, 2)
    assert [frame.present for frame in scene.frames] == [{0, 1, 2}] * 5
    assert scene.frame(2).unplaced[1].reason == "its answered state is not four finite numbers"
    assert "further away than half way round the earth" in scene.frame(3).unplaced[0].reason
    assert [scene.frame(2).index(place) for place in (0, 1)] == [0, 2]
    assert [scene.frame(3).index(place) for place in (0, 1)] == [1, 2]


def test_an_agent_may_stand_at_the_origin(tmp_path: Path) -> None:
    def edit(step: int, request: Json) -> None:
        if step == 2:
            request["agent_states"][1] = [0.0, 0.0, 0.0, 0.0]
        if step == 3:
            request["agent_states"][1] = ["nowhere"]

    (scene,) = scenes_of(tmp_path / "run.iairec", mistakes.run(edit, steps=4))
    assert scene.frame(1).applied == {1: (0.0, 0.0, 0.0, 0.0)}
    assert scene.frame(2).agents == (0, 1, 2)
    assert scene.frame(2).answered(1) == (0.0, 0.0, 0.0, 0.0)
    assert scene.frame(2).applied == {}


def test_an_agent_that_was_sent_twice_is_two(tmp_path: Path) -> None:
    def edit(step: int, request: Json) -> None:
        if step == 2:
            for name in ("agent_states", "recurrent_states", "agent_properties"):
                request[name].append(copy.deepcopy(request[name][0]))

    (scene,) = scenes_of(tmp_path / "run.iairec", mistakes.run(edit, steps=4))
    assert_sound(scene)
    assert [frame.agents for frame in scene.frames] == [(0, 1, 2)] * 2 + [(0, 1, 2, 3)] * 3


def test_a_frame_is_there_though_its_answer_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    run = mistakes.run(steps=4, info=False)
    (whole,) = scenes_of(path, run)
    third = rows(path, "SELECT response_hash FROM exchange WHERE id = 3")[0][0]
    change(path, "UPDATE body SET codec = 'raw', data = x'7b7d' WHERE hash = ?", third)
    fourth = rows(path, "SELECT response_hash FROM exchange WHERE id = 4")[0][0]
    change(path, "DELETE FROM body WHERE hash = ?", fourth)
    with Recording(path) as recording:
        scene = RecordedRun(recording).scene()
    assert [frame.states for frame in scene.frames] == [frame.states for frame in whole.frames]
    lit = {11: "red", 12: "green"}
    assert [frame.lights for frame in scene.frames] == [lit, lit, None, None, lit]


def test_no_body_of_a_step_is_needed_without_details(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write_recording(path, mistakes.run(steps=4, info=False))
    kept = "SELECT response_hash FROM exchange WHERE id = 1"  # says how large the agents are
    change(path, f"DELETE FROM body WHERE hash NOT IN ({kept})")
    with Recording(path) as recording:
        scene = RecordedRun(recording).scene(details=False)
    assert [frame.agents for frame in scene.frames] == [(0, 1, 2)] * 5
    assert [agent.length for agent in scene.agents.values()] == [4.5, 4.6, 4.7]


def test_a_step_whose_answer_a_log_lacks_is_empty(tmp_path: Path) -> None:
    run = mistakes.run(steps=7)
    run[5]["answer"] = None  # of step 4
    log, path = tmp_path / "log.json", tmp_path / "run.iairec"
    log.write_text(json.dumps(log_of(run)))
    import_debug_log(log, path)
    (scene,) = scenes_of(path)
    assert_sound(scene)
    shown = {frame.step: frame.agents for frame in scene.frames}
    assert shown == {step: () if step == 4 else (0, 1, 2) for step in range(8)}
    assert scene.frame(3).applied == scene.frame(4).applied == {}
    for frame in (scene.frame(3), scene.frame(5)):
        states = [list(frame.answered(place)) for place in range(3)]
        assert states == run[frame.step + 1]["answer"]["agent_states"]


ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
FIELDS = (
    "agent_properties",
    "agent_attributes",
    "infraction_indicators",
    "is_inside_supported_area",
    "traffic_lights_states",
    "agent_states",
    "birdview",
    "static_actors",
    "map_center",
    "birdview_image",
    "osm_map",
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FIELDS), ODD, st.booleans(), st.integers(0, 3))
def test_fields_as_no_api_answers_them(
    tmp_path: Path, name: str, value: Any, is_asked: bool, at: int
) -> None:
    run = mistakes.run(steps=2)
    call = run[at]
    side = call["request"] if is_asked and call["endpoint"] != "location_info" else call["answer"]
    side[name] = value
    path = tmp_path / "run.iairec"
    path.unlink(missing_ok=True)
    write_recording(path, json.loads(json.dumps(run)))
    with Recording(path) as recording:
        opened = RecordedRun(recording)
        for info in opened.simulations:
            for branch in info.branches:
                assert_sound(opened.scene(info.number, branch.number))
