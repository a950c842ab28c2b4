"""Overviews of branches, put together from pieces, so that growing costs only what is new."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from iai_proxy.page.encode import chunk_ranges, overview_of, own_steps
from iai_proxy.scene import SimulationInfo
from iai_proxy.scene.opening import Run
from iai_proxy.view.kept import Kept, Steps

Json = dict[str, Any]

#: 200 steps each; a piece is a few kilobytes.
_PIECES: Final = 1000
_LISTS: Final = ("present", "latency", "failures", "parts", "arrivals", "departures")


class Overviews:
    """Makes them, and keeps the pieces."""

    def __init__(self) -> None:
        self.pieces: Kept[Json] = Kept(_PIECES)

    def of(self, run: Run, simulation: SimulationInfo, branch: int) -> Json:
        """Return the overview of a branch's own steps."""
        own = own_steps(simulation, branch)
        ranges = [
            Steps(simulation.number, branch, steps.start, steps.stop) for steps in chunk_ranges(own)
        ]
        pieces = [self.pieces.get(steps, partial(_piece, run, steps)) for steps in ranges]
        return {
            "first": own.start,
            "agents": sorted({agent for piece in pieces for agent in piece["agents"]}),
            "bounds": _united(pieces, "bounds"),
            "most": _united(pieces, "most"),
            **_joined(pieces),
        }


def _piece(run: Run, steps: Steps) -> Json:
    around = range(max(steps.start - 1, 0), steps.stop)  # the step before tells who arrives
    scene = run.scene(steps.simulation, steps.branch, around, details=False)
    return overview_of(scene, range(steps.start, steps.stop))


def _joined(pieces: Iterable[Json]) -> Json:
    return {name: [value for piece in pieces for value in piece[name]] for name in _LISTS}


def _united(pieces: Iterable[Json], name: str) -> list[float] | None:
    sides = list(zip(*(piece[name] for piece in pieces if piece[name]), strict=True))
    if not sides:
        return None
    return [min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])]
