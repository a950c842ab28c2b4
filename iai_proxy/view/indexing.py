"""The index of a run, and its line on the start page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from iai_proxy.diagnosis.check import Located, Severity
from iai_proxy.page.encode import index_of
from iai_proxy.scene import Scene
from iai_proxy.view.runs import FollowedRun

#: An address of a picture, as the page asks for it.
_PICTURE: Final = "picture?sim={}"


def index_of_run(
    run: FollowedRun | None,
    source: str,
    located: Sequence[Located] = (),
    *,
    live: bool = False,
    unchecked: str = "",
) -> dict[str, Any]:
    """Return the index, with the findings that are known.

    Args:
        run: None if there is nothing to be seen yet.
        source: name of the file.
        located: findings of its diagnosis.
        live: whether it is being written.
        unchecked: why it could not be checked; empty if it was, or is not yet.
    """
    scenes: Iterable[Scene] = _scenes(run, located) if run else ()
    if live:
        scenes = map(_without_begun_step, scenes)
    scenes = (replace(scene, unchecked=unchecked or scene.unchecked) for scene in scenes)
    return {**index_of(scenes, picture=_PICTURE), "source": source}


def _scenes(run: FollowedRun, located: Sequence[Located]) -> Iterator[Scene]:
    """Yield a step of each branch that has findings, and of each trunk, with the findings."""
    for info in run.simulations:
        for branch in info.branches:
            problems = run.problems(info.number, branch.number, located) if located else ()
            if problems or branch.number == info.trunk:
                first = range(branch.first, branch.first + 1)
                scene = run.scene(info.number, branch.number, first, details=False)
                yield replace(scene, problems=problems)


def _without_begun_step(scene: Scene) -> Scene:
    """Leave out the newest step of a large call: its parts come one after another."""
    if not scene.simulation.large:
        return scene
    branches = (
        replace(branch, last=max(branch.first, branch.last - 1))
        for branch in scene.simulation.branches
    )
    return replace(scene, simulation=replace(scene.simulation, branches=tuple(branches)))


def summary_of_run(run: FollowedRun | None, located: Sequence[Located] | None) -> dict[str, Any]:
    """Return what the start page says of a run.

    Args:
        run: None if there is nothing to be seen yet.
        located: findings of its diagnosis; None if they are not known.
    """
    simulations = run.simulations if run else ()
    steps = [branch.last for info in simulations for branch in info.branches]
    counts = Counter(found.check.severity for found in located or ())
    return {
        "simulations": len(simulations),
        "locations": list(dict.fromkeys(info.location for info in simulations)),
        "agents": max((_agents(run, info.number) for info in simulations if run), default=0),
        "steps": max(steps, default=0),
        "failures": run.failures if run else None,
        "findings": None
        if located is None
        else {severity.value: counts[severity] for severity in Severity},
    }


def _agents(run: FollowedRun, simulation: int) -> int:
    """Return how many agents a simulation has at its first step."""
    first = next(info for info in run.simulations if info.number == simulation).branches[0].first
    scene = run.scene(simulation, None, range(first, first + 1), details=False)
    return max(len(frame.agents) for frame in scene.frames)
