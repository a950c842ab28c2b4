"""Findings of a diagnosis, placed in the branches and at the agents that they are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from diagnosis import mistakes
from diagnosis.test_runs import write_recording

from iai_proxy.diagnosis.check import Finding, Located
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.recordings import Recording
from iai_proxy.scene import Problem, Scene
from iai_proxy.scene.recorded import RecordedRun

Json = dict[str, Any]
CHECK = ALL[0]


def scenes_of(path: Path, run: list[Json]) -> list[Scene]:
    """The trunk of each simulation, with what a diagnosis of the recording finds."""
    write_recording(path, run)
    located = diagnosed(path, ALL).located
    with Recording(path) as recording:
        opened = RecordedRun(recording)
        return [
            opened.scene(info.number, branch.number, problems=located)
            for info in opened.simulations
            for branch in info.branches
        ]


def forked(edit_first: mistakes.Edit, edit_second: mistakes.Edit) -> list[Json]:
    """Two ways to go on from the same ``initialize``."""
    first, second = mistakes.run(edit_first, steps=6), mistakes.run(edit_second, steps=6)
    begin = first[-7]["answer"]
    assert begin == second[-7]["answer"]
    return [*first, *second[-6:]]


def codes(problems: list[Problem]) -> set[int]:
    return {problem.code for problem in problems}


def test_an_agent_is_named_by_its_number_though_others_left_before_it(tmp_path: Path) -> None:
    def edit(step: int, request: Json) -> None:
        if step == 2:
            mistakes.drop(request, 0)
        if step == 4:
            request["agent_properties"][2]["length"] = 9.0  # the fourth agent's

    (scene,) = scenes_of(tmp_path / "run.iairec", mistakes.run(edit, agents=4, steps=6))
    (problem,) = [problem for problem in scene.problems if problem.name == "properties-modified"]
    assert (problem.first, problem.agents) == (4, (3,))
    assert scene.frame(4).agents == (1, 2, 3)
    assert problem.call == 6  # after location_info, initialize and steps 1 to 3
    assert problem.severity == "error"
    assert "9" in problem.sentence
    assert problem.fix


def moved(agent: int, step: int) -> mistakes.Edit:
    def edit(now: int, request: Json) -> None:
        if now == step:
            request["agent_states"][agent][0] += 40.0

    return edit


def test_a_finding_belongs_to_the_branch_that_has_its_call(tmp_path: Path) -> None:
    run = forked(moved(1, 3), moved(2, 5))
    one, two = scenes_of(tmp_path / "run.iairec", run)
    about = [
        {
            (problem.first, problem.agents)
            for problem in scene.problems
            if problem.name == "impossible-jump"
        }
        for scene in (one, two)
    ]
    assert about == [{(3, (1,))}, {(5, (2,))}]


def located(step: int, last: int, *, call: int | None, simulation: int | None = 1) -> Located:
    return Located(simulation, CHECK, Finding(CHECK.code, step, last, (0,), None, "wrong"), call)


def problems_in(path: Path, *found: Located, steps: range | None = None) -> list[Problem]:
    if not path.exists():
        write_recording(path, mistakes.run(steps=6, info=False))
    with Recording(path) as recording:
        return list(RecordedRun(recording).scene(steps=steps, problems=found).problems)


def test_only_what_shows_at_the_steps_of_a_scene_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    found = located(2, 4, call=3)
    for steps, count in (
        (range(2), 0),
        (range(3), 1),
        (range(4, 6), 1),
        (range(5, 6), 0),
        (None, 1),
    ):
        assert len(problems_in(path, found, steps=steps)) == count


def test_what_is_of_another_simulation_or_of_no_step_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    assert problems_in(path, located(1, 1, call=2, simulation=2)) == []
    assert problems_in(path, located(60, 61, call=None)) == []
    assert problems_in(path, located(1, 1, call=99)) == []


def test_a_finding_about_the_whole_run_stands_at_the_first_step(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    (problem,) = problems_in(path, located(0, 0, call=None, simulation=None))
    assert (problem.first, problem.last, problem.agents, problem.call) == (0, 0, (), None)


def test_a_call_that_failed_stands_at_the_step_before_it(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    (problem,) = problems_in(path, located(0, 0, call=4, simulation=None))
    assert (problem.first, problem.call) == (2, 4)  # step 2 is call 3
