"""What two runs were given differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iai_proxy.comparison.model import SetUpDifference
from iai_proxy.scene import Agent, Scene
from iai_proxy.text import first_few, plural

_SHOWN = 3


def set_up_differences(a: Scene, b: Scene, pairs: Mapping[int, int]) -> list[SetUpDifference]:
    """Return the differences, those that explain most first.

    Args:
        a: the first run.
        b: the second.
        pairs: number in the second run by number in the first.
    """
    both: tuple[tuple[str, str | None, str | None], ...] = (
        ("location", a.simulation.location, b.simulation.location),
        ("agents", str(len(a.agents)), str(len(b.agents))),
        ("types and sizes", *_bodies(a, b, pairs)),
        ("model version", _versions(a), _versions(b)),
        ("seed of step 0", _first_seed(a), _first_seed(b)),
        ("seeds of later steps", *_seeds(a, b)),
        ("large calls", _large(a), _large(b)),
        ("steps", _steps(a), _steps(b)),
    )
    return [
        SetUpDifference(name, left, right)
        for name, left, right in both
        if left is not None and right is not None and left != right  # None: not known
    ]


def _bodies(a: Scene, b: Scene, pairs: Mapping[int, int]) -> tuple[str, str]:
    """Return the agents that have other bodies, in both runs."""
    differing = [
        (a.agents[agent], b.agents[other])
        for agent, other in pairs.items()
        if agent in a.agents
        and other in b.agents
        and _body(a.agents[agent]) != _body(b.agents[other])
    ]
    left, right = (
        first_few((_described(pair[side]) for pair in differing), _SHOWN) for side in (0, 1)
    )
    return left, right


def _body(agent: Agent) -> tuple[str, float, float]:
    return agent.kind, agent.length, agent.width


def _described(agent: Agent) -> str:
    return f"{agent.number} {agent.kind} {agent.length:.2f} x {agent.width:.2f} m"


def _versions(scene: Scene) -> str | None:
    if scene.set_up is not None:
        return first_few(scene.set_up.versions, _SHOWN) or None
    found = (frame.calls.model_version for frame in scene.frames if frame.calls)
    return first_few(dict.fromkeys(str(version or "none") for version in found), _SHOWN) or None


def _first_seed(scene: Scene) -> str | None:
    frame = next(iter(scene.frames), None)
    if frame is None or frame.step:
        return None
    if scene.set_up is not None:
        seed = scene.set_up.initialize_seed
        return None if seed is None else str(seed)
    if frame.calls is None:
        return None
    return "none" if frame.calls.seed is None else str(frame.calls.seed)


def _seeds(a: Scene, b: Scene) -> tuple[str, str]:
    """Return the first seeds that differ at a common step, in both runs."""
    ours, theirs = dict(_later_seeds(a)), dict(_later_seeds(b))
    differing = [step for step in ours if step in theirs and ours[step] != theirs[step]]
    left, right = (
        first_few((f"{seeds[step]} at step {step}" for step in differing), _SHOWN)
        for seeds in (ours, theirs)
    )
    return left, right


def _later_seeds(scene: Scene) -> Iterable[tuple[int, int | None]]:
    if scene.set_up is not None:
        return [] if scene.set_up.drive_seed is None else [(1, scene.set_up.drive_seed)]
    return ((frame.step, frame.calls.seed) for frame in scene.frames if frame.step and frame.calls)


def _large(scene: Scene) -> str | None:
    if not any(frame.calls for frame in scene.frames):
        return None
    return "yes" if scene.simulation.large else "no"


def _steps(scene: Scene) -> str:
    if not scene.frames:
        return "none"
    first, last = scene.frames[0].step, scene.frames[-1].step
    return f"{first} to {last} ({plural(len(scene.frames), 'step')})"
