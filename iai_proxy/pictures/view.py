"""What a picture shows of the map: from metres to pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from iai_proxy.scene import Scene
from iai_proxy.scene.model import Point, State

#: A view of all agents shows at least so much, in metres,
_LEAST_FOV_M = 40.0
#: and this on each side of them.
_MARGIN_M = 6.0
#: So many of 400 pixels are around the middles of agents, however far apart these are.
_MARGIN = 12
#: Texts above and below take so much of the height of 400 pixels.
_CAPTION = 22
_FARTHEST_M = 2e7
#: No vehicle and no stop line is longer.
_LONGEST_M = 200.0


@dataclass(frozen=True, slots=True)
class View:
    """A part of the map and the picture that shows it. North is up.

    Attributes:
        center: the middle of the picture, on the map.
        fov: how many metres the shorter side of the picture shows.
        size: width and height of the picture in pixels.
        mirrored: whether x grows to the left, as in left-handed coordinates.
    """

    center: Point
    fov: float
    size: tuple[int, int]
    mirrored: bool = False

    @property
    def scale(self) -> float:
        """Pixels per metre."""
        return min(self.size) / self.fov

    @property
    def unit(self) -> float:
        """How thick a thin line is, in pixels."""
        return unit_of(self.size)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """The lowest x and y that are seen, then the highest."""
        width, height = (side / 2 / self.scale for side in self.size)
        x, y = self.center
        return x - width, y - height, x + width, y + height

    def pixel(self, point: Point) -> Point:
        """Return where a point of the map is in the picture, in pixels from the top left."""
        east = (point[0] - self.center[0]) * self.scale
        north = (point[1] - self.center[1]) * self.scale
        return self.size[0] / 2 + (-east if self.mirrored else east), self.size[1] / 2 - north

    def pixels(self, points: Iterable[Point]) -> list[Point]:
        """Return where points of the map are in the picture."""
        return [self.pixel(point) for point in points]

    def moved(self, center: Point) -> View:
        """Return the same view of another place."""
        return View(center, self.fov, self.size, self.mirrored)


def unit_of(size: tuple[int, int]) -> float:
    """Return how thick a thin line is, in pixels: 1 in a picture of 400, 3 in one of 2000."""
    return float((min(size) / 400) ** 0.7)


def placed(state: State, points: Iterable[Point]) -> list[Point]:
    """Return points that are given from an agent, ahead and to its left, on the map."""
    x, y, heading, _ = state
    ahead, aside = math.cos(heading), math.sin(heading)
    return [
        (x + along * ahead - left * aside, y + along * aside + left * ahead)
        for along, left in points
    ]


def corners(state: State, length: float, width: float) -> list[Point]:
    """Return the corners of an agent's box on the map, from the front left one on."""
    half, side = length / 2, width / 2
    return placed(state, [(half, side), (half, -side), (-half, -side), (-half, side)])


def is_somewhere(state: State) -> bool:
    """Tell whether a state has a heading, and a place that a map may have."""
    return is_place(state[:2]) and math.isfinite(state[2])


def is_place(point: Point) -> bool:
    """Tell whether a point is where a map may be; the Earth's surface is within 20,000 km."""
    return all(abs(metres) <= _FARTHEST_M for metres in point)


def side(length: float | None) -> float:
    """Return a length or width as it can be drawn: one from outside may be anything."""
    return min(length, _LONGEST_M) if length is not None and length > 0 else 0.0


def view_of_all(scene: Scene, size: tuple[int, int], *, mirrored: bool = False) -> View:
    """Return the view that shows all agents of all steps, and a margin."""
    found = [
        state[:2]
        for frame in scene.frames
        for state in map(frame.shown, range(len(frame.agents)))
        if is_somewhere(state)
    ]
    if not found:
        return _view_of_nobody(scene, size, mirrored)
    (left, right), (bottom, top) = map(_ends, zip(*found, strict=True))
    free = size[0], size[1] - 2 * _CAPTION * unit_of(size)
    around = 2 * _MARGIN * unit_of(size)
    metres = max(
        max((length + 2 * _MARGIN_M) / pixels, length / (pixels - around))
        for length, pixels in zip((right - left, top - bottom), free, strict=True)
    )
    fov = max(metres * min(size), _LEAST_FOV_M)
    return View(((left + right) / 2, (bottom + top) / 2), fov, size, mirrored)


def _view_of_nobody(scene: Scene, size: tuple[int, int], mirrored: bool) -> View:
    """Return the view of a run without agents: of what is known of its ground."""
    picture = scene.ground.picture
    if picture:
        return View(picture.center, picture.fov, size, mirrored)
    return View((0.0, 0.0), _LEAST_FOV_M, size, mirrored)


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)
