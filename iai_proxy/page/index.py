"""A run's index, and overviews; :mod:`iai_proxy.page.encode` says what is in them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from iai_proxy.page.chunks import CHUNK_STEPS
from iai_proxy.page.numbers import finite, finite_or_none, hundredths
from iai_proxy.scene import BranchInfo, Ground, Problem, Scene

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
        details: what ``comparison_details`` returns; None for just the pair.
    """

    sim: str
    branch: int
    over_sim: str
    over_branch: int
    parts_at: int | None = None
    agents: tuple[tuple[int, int], ...] | None = None
    note: str = ""
    details: Json | None = None


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
        "unchecked": scene.unchecked,
        "left_out": list(scene.left_out),
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
