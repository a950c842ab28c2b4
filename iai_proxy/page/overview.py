"""Overviews of branches; :mod:`iai_proxy.page.encode` says what is in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from statistics import median_low
from typing import Any, Final

from iai_proxy.page.columns import LIMIT
from iai_proxy.scene import Frame, Scene
from iai_proxy.scene.model import Point

Json = dict[str, Any]

#: Agents that get no further than this from the middle of all are among most, in metres.
_NEAR_M: Final = 2000.0
#: Nor are those much further away than half of all are.
_SPREADS: Final = 20
#: So many places are looked at to find the middle.
_SAMPLES: Final = 2000


def overview_of(scene: Scene, steps: range | None = None) -> Json:
    """Return the overview of a branch.

    Args:
        scene: the branch, best with the step before its own, so that arrivals there are known.
        steps: the branch's own steps; None: all of the scene.
    """
    frames = scene.frames if steps is None else [f for f in scene.frames if f.step in steps]
    first = frames[0].step if frames else 0
    arrivals, departures = _comings(scene.frames, first)
    places = list(_places(frames))
    return {
        "first": first,
        "present": [len(frame.present) for frame in frames],
        "latency": [f.calls and round(f.calls.latency_ms, 1) for f in frames],
        "failures": [len(f.calls.attempts) if f.calls else 0 for f in frames],
        "parts": [len(f.calls.parts) if f.calls else 0 for f in frames],
        "arrivals": arrivals,
        "departures": departures,
        "agents": sorted({agent for frame in frames for agent in frame.present}),
        "bounds": _bounds(places),
        "most": _bounds(_most(places)),
    }


def _comings(frames: Sequence[Frame], first: int) -> tuple[list[list[int]], list[list[int]]]:
    """Return arrivals and departures from a step on; in the first frame no one arrives."""
    arrivals: list[list[int]] = []
    departures: list[list[int]] = []
    before: frozenset[int] | None = None
    for frame in frames:
        present = frame.present
        if before is not None and frame.step >= first and present != before:
            arrivals += [[frame.step, agent] for agent in sorted(present - before)]
            departures += [[frame.step, agent] for agent in sorted(before - present)]
        before = present
    return arrivals, departures


def _places(frames: Iterable[Frame]) -> Iterator[Point]:
    """Yield where agents are, no further away than the page can tell."""
    furthest = LIMIT / 100
    for frame in frames:
        for x, y in zip(frame.states[0::4], frame.states[1::4], strict=True):
            if math.isfinite(x) and math.isfinite(y):
                yield max(-furthest, min(furthest, x)), max(-furthest, min(furthest, y))


def _most(places: Sequence[Point]) -> Sequence[Point]:
    """Return places without those that are far away from most: they would make the rest a dot."""
    if not places:
        return places
    sample = places[:: max(1, len(places) // _SAMPLES)]
    middle = median_low(x for x, _ in sample), median_low(y for _, y in sample)
    spread = median_low(math.dist(place, middle) for place in sample)
    reach = max(_NEAR_M, _SPREADS * spread)
    return [place for place in places if math.dist(place, middle) <= reach]


def _bounds(places: Sequence[Point]) -> list[float] | None:
    if not places:
        return None
    xs, ys = [x for x, _ in places], [y for _, y in places]
    return [min(xs), min(ys), max(xs), max(ys)]
