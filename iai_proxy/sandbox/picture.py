"""Draws a location, or a moment of a simulation, from above. North is up.

Off the road it is pure black: the SDK counts the other pixels to learn how much road a region has
(``get_number_of_agents_per_region_by_drivable_area``).
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from iai_proxy.sandbox.geometry import OrientedBox
from iai_proxy.sandbox.maps import World
from iai_proxy.sandbox.requests.agent_fields import LightState
from iai_proxy.sandbox.streets import LANE_WIDTH_M

_PIXELS: Final = 400
_ROAD: Final = (96, 96, 96)
_STOP_LINE: Final = (230, 230, 230)
_CAR: Final = (64, 132, 255)
_WALKER: Final = (255, 170, 60)
_NOSE: Final = (255, 255, 255)
_LIGHTS: Final[dict[str, tuple[int, int, int]]] = {
    "green": (0, 220, 70),
    "yellow": (255, 215, 0),
    "red": (235, 40, 40),
    "none": (120, 120, 140),
}


@dataclass(frozen=True, slots=True)
class View:
    """The square that a picture shows."""

    x: float  # m, its middle
    y: float
    fov: float  # m, its side

    @property
    def scale(self) -> float:
        """Pixels per metre."""
        return _PIXELS / self.fov

    def pixel(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return the pixel of a point of the map."""
        x = (point[0] - self.x) * self.scale + _PIXELS / 2
        y = (self.y - point[1]) * self.scale + _PIXELS / 2
        return x, y


def draw(
    world: World,
    view: View,
    footprints: Sequence[OrientedBox] = (),
    lights: Mapping[int, LightState] | None = None,
) -> list[int]:
    """Return a picture as the byte values of a PNG."""
    image = Image.new("RGB", (_PIXELS, _PIXELS))
    canvas = ImageDraw.Draw(image)
    _draw_roads(canvas, world, view)
    for line in world.stop_lines:
        colour = _LIGHTS[lights.get(line.actor_id, "none")] if lights else _STOP_LINE
        box = OrientedBox(line.x, line.y, line.heading, 1.0, line.width)
        canvas.polygon([view.pixel(corner) for corner in box.corners()], fill=colour)
    for box in footprints:
        _draw_agent(canvas, view, box)
    encoded = io.BytesIO()
    image.save(encoded, "PNG", compress_level=6)
    return list(encoded.getvalue())


def _draw_roads(canvas: ImageDraw.ImageDraw, world: World, view: View) -> None:
    width = max(round((LANE_WIDTH_M + 0.4) * view.scale), 1)
    reach = view.fov / 2 + LANE_WIDTH_M
    for lane in world.lanes:
        if lane.for_cars and any(
            abs(x - view.x) < reach and abs(y - view.y) < reach for x, y in lane.points
        ):
            points = [view.pixel(point) for point in lane.points]
            canvas.line(points, fill=_ROAD, width=width)
            for point in points[1:-1]:  # Pillow's own round joints have holes
                canvas.circle(point, width / 2, fill=_ROAD)


def _draw_agent(canvas: ImageDraw.ImageDraw, view: View, box: OrientedBox) -> None:
    corners = [view.pixel(corner) for corner in box.corners()]
    canvas.polygon(corners, fill=_CAR if box.length > 1.5 else _WALKER)
    canvas.line(corners[:2], fill=_NOSE, width=max(round(0.3 * view.scale), 1))
