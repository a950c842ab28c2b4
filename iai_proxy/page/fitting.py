"""Scenes that have only some branches or steps of a simulation, told as if there were no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from iai_proxy.scene import BranchInfo, Scene, SimulationInfo


def fitted(scenes: Iterable[Scene]) -> Iterator[Scene]:
    """Return scenes whose simulations have just the branches and steps of these scenes.

    A branch leaves another only if that is among them, with the step at which it leaves; else it
    stands alone. A branch all of whose steps are those of the branch that it leaves is left out.
    """
    by_simulation: dict[int, dict[int, Scene]] = {}
    for scene in scenes:
        if scene.frames:
            by_simulation.setdefault(scene.simulation.number, {})[scene.branch] = scene
    for branches in by_simulation.values():
        yield from _fitted(branches)


def _fitted(scenes: Mapping[int, Scene]) -> Iterator[Scene]:
    branches: dict[int, BranchInfo] = {}
    for number in sorted(scenes):
        if branch := _branch(scenes[number], branches):
            branches[number] = branch
    simulation = _simulation(scenes, branches)
    for number in branches:
        yield replace(scenes[number], simulation=simulation)


def _simulation(scenes: Mapping[int, Scene], branches: Mapping[int, BranchInfo]) -> SimulationInfo:
    simulation = next(iter(scenes.values())).simulation
    longest = max(branches.values(), key=lambda branch: branch.last - branch.first)
    trunk = simulation.trunk if simulation.trunk in branches else longest.number
    return replace(simulation, branches=tuple(branches.values()), trunk=trunk)


def _branch(scene: Scene, branches: Mapping[int, BranchInfo]) -> BranchInfo | None:
    """Return the branch as far as the scene goes; None if it has no steps of its own."""
    told = next(one for one in scene.simulation.branches if one.number == scene.branch)
    first, last = scene.frames[0].step, scene.frames[-1].step
    alone = BranchInfo(scene.branch, first, last)
    if told.leaves_branch is None or told.leaves_at is None:
        return alone
    parent = branches.get(told.leaves_branch)
    if parent is None or told.leaves_at < parent.first:
        return alone
    if last <= told.leaves_at:
        return None if parent.first <= first and last <= parent.last else alone
    if parent.last < told.leaves_at or told.leaves_at + 1 < first:
        return alone
    return replace(told, first=parent.first, last=last)
