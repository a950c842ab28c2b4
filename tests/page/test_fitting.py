"""Pages of some branches, or some steps, have an index of just these."""

from __future__ import annotations

from dataclasses import replace

from support.scenes import circling

from iai_proxy.page.encode import own_steps
from iai_proxy.page.fitting import fitted
from iai_proxy.scene import BranchInfo, Scene, SimulationInfo

FORKED = SimulationInfo(1, "fork", False, (BranchInfo(1, 0, 59), BranchInfo(2, 0, 49, 1, 29)), 1)


def scene(branch: int, steps: range) -> Scene:
    whole = circling(2, 60, simulation=FORKED, branch=branch)
    return replace(whole, frames=whole.frames[steps.start : steps.stop])


def branches(*scenes: Scene) -> dict[int, tuple[range, int | None]]:
    """Return of each branch its own steps, and the branch that it leaves."""
    return {
        found.branch: (
            own_steps(found.simulation, found.branch),
            next(b for b in found.simulation.branches if b.number == found.branch).leaves_branch,
        )
        for found in fitted(scenes)
    }


def test_whole_branches_stay_as_they_are() -> None:
    found = branches(scene(1, range(60)), scene(2, range(50)))
    assert found == {1: (range(60), None), 2: (range(30, 50), 1)}


def test_a_branch_alone_leaves_none() -> None:
    (alone,) = fitted([scene(2, range(50))])
    assert alone.simulation.branches == (BranchInfo(2, 0, 49),)
    assert alone.simulation.trunk == 2


def test_steps_around_a_fork_keep_it() -> None:
    found = branches(scene(1, range(20, 40)), scene(2, range(20, 40)))
    assert found == {1: (range(20, 40), None), 2: (range(30, 40), 1)}


def test_a_branch_whose_steps_are_all_shared_is_left_out() -> None:
    assert branches(scene(1, range(5, 9)), scene(2, range(5, 9))) == {1: (range(5, 9), None)}


def test_steps_after_a_fork_have_none() -> None:
    found = branches(scene(1, range(40, 45)), scene(2, range(40, 45)))
    assert found == {1: (range(40, 45), None), 2: (range(40, 45), None)}


def test_a_scene_without_steps_is_left_out() -> None:
    assert branches(scene(1, range(3)), scene(2, range(0))) == {1: (range(3), None)}
