"""Findings of a diagnosis, placed in the branches and at the agents that they are about."""

from __future__ import annotations

from dataclasses import replace
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


def forked_at(step: int, *edits: mistakes.Edit, steps: int) -> list[Json]:
    """A run, and others that leave it after a step, one after the other."""
    first, *others = (mistakes.run(edit, steps=steps) for edit in edits)
    return [*first, *(call for other in others for call in other[step - steps :])]


def moved_at(*steps: int) -> mistakes.Edit:
    """Moves an agent by 40 m at some steps, as no agent can move."""

    def edit(now: int, request: Json) -> None:
        if now in steps:
            request["agent_states"][0][0] += 40.0

    return edit


def jumps(scene: Scene) -> list[tuple[int, int]]:
    return [
        (problem.first, problem.last)
        for problem in scene.problems
        if problem.name == "impossible-jump"
    ]


def test_a_finding_stands_at_the_steps_of_its_own_branch_only(tmp_path: Path) -> None:
    """A diagnosis tells of both branches as of one finding."""
    run = forked_at(3, moved_at(4, 5), moved_at(4), steps=6)
    path = tmp_path / "run.iairec"
    one, two = scenes_of(path, run)
    told = [each for each in diagnosed(path, ALL).located if each.check.name == "impossible-jump"]
    assert len(told) == 1
    assert (jumps(one), jumps(two)) == ([(4, 5)], [(4, 4)])


def test_a_branch_without_a_finding_has_none_of_the_branch_that_it_leaves(tmp_path: Path) -> None:
    one, two = scenes_of(tmp_path / "run.iairec", forked_at(3, moved_at(5), moved_at(), steps=6))
    assert (jumps(one), jumps(two)) == ([(5, 5)], [])


def test_a_finding_at_steps_that_branches_share_stands_in_both(tmp_path: Path) -> None:
    run = forked_at(3, moved_at(2, 3, 4), moved_at(2, 3), steps=6)
    one, two = scenes_of(tmp_path / "run.iairec", run)
    assert (jumps(one), jumps(two)) == ([(2, 4)], [(2, 3)])
    assert one.problems[0].call == two.problems[0].call == 4


def test_steps_that_do_not_follow_each_other_are_several_problems(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    found = replace(located(1, 5, call=2), shown=(2, 3, 6))
    problems = problems_in(path, found)
    assert [(problem.first, problem.last, problem.call) for problem in problems] == [
        (1, 2, 2),
        (5, 5, 6),
    ]


def located(step: int, last: int, *, call: int | None, simulation: int | None = 1) -> Located:
    """A finding of consecutive calls, one at each step."""
    finding = Finding(CHECK.code, step, last, (0,), None, "wrong")
    shown = range(call, call + last - step + 1) if call and simulation else ()
    return Located(simulation, CHECK, finding, call, tuple(shown))


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
