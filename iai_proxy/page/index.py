"""A run's index, and overviews; :mod:`iai_proxy.page.encode` says what is in them."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from iai_proxy.page.chunks import CHUNK_STEPS
from iai_proxy.page.numbers import finite, finite_or_none, hundredths
from iai_proxy.scene import BranchInfo, Frame, Ground, Problem, Scene

Json = dict[str, Any]

FORMAT: Final = 1
STEP_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Compared:
    """Two branches to be laid over each other, of simulations with these keys.

    Attributes:
        parts_at: the first step at which they differ.
        agents: numbers of the same agent in both; None if the numbers are the same.
        note: a sentence about the pair.
    """

    sim: str
    branch: int
    over_sim: str
    over_branch: int
    parts_at: int | None = None
    agents: tuple[tuple[int, int], ...] | None = None
    note: str = ""


@dataclass(slots=True)
class IndexWriter:
    """Collects the simulations of an index."""

    compared: list[Compared] = field(default_factory=list)
    _simulations: dict[str, Json] = field(default_factory=dict)

    def add(self, scene: Scene, *, prefix: str = "", picture: str | None = None) -> str:
        """Add the simulation of a scene; only the problems count if it is there already.

        Args:
            scene: any steps of any of its branches.
            prefix: of its key: empty, or ``b`` for a second file.
            picture: where the page finds its picture; None: the picture stands in the index.

        Returns:
            The simulation's key.
        """
        key = f"{prefix}{scene.simulation.number}"
        if key not in self._simulations:
            self._simulations[key] = _simulation(key, scene, picture)
        known = self._simulations[key]["problems"]
        for problem in scene.problems:
            _add_problem(known, problem, scene.branch)
        return key

    def index(self) -> Json:
        """Return the index."""
        return {
            "format": FORMAT,
            "source": next((one["source"] for one in self._simulations.values()), ""),
            "step_s": STEP_S,
            "chunk_steps": CHUNK_STEPS,
            "simulations": list(self._simulations.values()),
            "compared": [_fields(compared) for compared in self.compared],
        }


def index_of(scenes: Iterable[Scene], *, picture: str | None = None) -> Json:
    """Return the index of one file, from a scene or more of each of its simulations.

    Args:
        scenes: a scene of each branch if all problems are to be listed; few steps are enough.
        picture: address of the pictures, with ``{}`` for the simulation's key; None: they stand in
            the index.
    """
    writer = IndexWriter()
    for scene in scenes:
        key = str(scene.simulation.number)
        writer.add(scene, picture=None if picture is None else picture.format(key))
    return writer.index()


def _simulation(key: str, scene: Scene, picture: str | None) -> Json:
    simulation = scene.simulation
    return {
        "key": key,
        "number": simulation.number,
        "source": scene.source,
        "location": simulation.location,
        "large": simulation.large,
        "trunk": simulation.trunk,
        "branches": [_fields(branch) for branch in simulation.branches],
        "actors": [
            {
                "id": actor.actor_id,
                "kind": actor.agent_type,
                "x": finite(actor.x),
                "y": finite(actor.y),
                "heading": finite(actor.orientation),
                "length": finite_or_none(actor.length),
                "width": finite_or_none(actor.width),
            }
            for actor in scene.actors
        ],
        "ground": _ground(scene.ground, picture),
        "problems": [],
    }


def _ground(ground: Ground, url: str | None) -> Json:
    picture = ground.picture
    return {
        "borders": [_line(points) for points in ground.borders],
        "areas": [_line(points) for points in ground.areas],
        "picture": None
        if picture is None
        else {
            "url": data_url(picture.data) if url is None else url,
            "center": list(picture.center),
            "fov": picture.fov,
            "mirrored": picture.mirrored,
        },
    }


#: The first bytes of the kinds of picture that a browser shows; anything else is none.
_PICTURES: Final = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)


def media_type(picture: bytes) -> str:
    """Return the type of a picture by its first bytes."""
    found = (name for start, name in _PICTURES if picture.startswith(start))
    return next(found, "application/octet-stream")


def data_url(picture: bytes) -> str:
    """Return a picture as a ``data:`` address."""
    return f"data:{media_type(picture)};base64,{base64.b64encode(picture).decode()}"


def _line(points: Iterable[tuple[float, float]]) -> list[int]:
    return [hundredths(value) for point in points for value in point]


def _add_problem(known: list[Json], problem: Problem, branch: int) -> None:
    fields = _fields(problem)
    for other in known:
        if all(other[name] == value for name, value in fields.items()):
            if branch not in other["branches"]:
                other["branches"].append(branch)
            return
    known.append({**fields, "branches": [branch]})


def _fields(value: BranchInfo | Problem | Compared) -> Json:
    """Return a value's fields as JSON has them: tuples are lists."""
    fields = ((name, getattr(value, name)) for name in value.__dataclass_fields__)
    return {name: _listed(value) for name, value in fields}


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def overview_of(scene: Scene, steps: range | None = None) -> Json:
    """Return the overview of a branch.

    Args:
        scene: the branch, best with the step before its own, so that arrivals there are known.
        steps: the branch's own steps; None: all of the scene.
    """
    frames = scene.frames if steps is None else [f for f in scene.frames if f.step in steps]
    first = frames[0].step if frames else 0
    arrivals, departures = _comings(scene.frames, first)
    return {
        "first": first,
        "present": [len(frame.agents) for frame in frames],
        "latency": [f.calls and round(f.calls.latency_ms, 1) for f in frames],
        "failures": [len(f.calls.attempts) if f.calls else 0 for f in frames],
        "parts": [len(f.calls.parts) if f.calls else 0 for f in frames],
        "arrivals": arrivals,
        "departures": departures,
        "bounds": _bounds(frames),
    }


def _comings(frames: Sequence[Frame], first: int) -> tuple[list[list[int]], list[list[int]]]:
    """Return arrivals and departures from a step on; in the first frame no one arrives."""
    arrivals: list[list[int]] = []
    departures: list[list[int]] = []
    before: frozenset[int] | None = None
    for frame in frames:
        present = frozenset(frame.agents)
        if before is not None and frame.step >= first and present != before:
            arrivals += [[frame.step, agent] for agent in sorted(present - before)]
            departures += [[frame.step, agent] for agent in sorted(before - present)]
        before = present
    return arrivals, departures


def _bounds(frames: Iterable[Frame]) -> list[float] | None:
    left = bottom = math.inf
    right = top = -math.inf
    for frame in frames:
        for x in filter(math.isfinite, frame.states[0::4]):
            left, right = min(left, x), max(right, x)
        for y in filter(math.isfinite, frame.states[1::4]):
            bottom, top = min(bottom, y), max(top, y)
    return None if left > right or bottom > top else [left, bottom, right, top]
