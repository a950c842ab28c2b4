"""What stands beside and on the road: traffic lights at their stop lines, signs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from iai_proxy.logs.scenario import ScenarioActor
from iai_proxy.pictures.canvas import Canvas
from iai_proxy.pictures.view import View, corners, is_somewhere, side
from iai_proxy.scene.model import Point
from iai_proxy.scene.palette import LIGHTS, Theme

#: Corners of the mark in a light's middle: a triangle or a square; that of green is round.
_CORNERS: Final = {"yellow": 3, "red": 4}


def draw_signs(canvas: Canvas, actors: Sequence[ScenarioActor], view: View, theme: Theme) -> None:
    """Draw what does not change: stop signs as octagons, yield signs as triangles."""
    for actor in actors:
        if actor.agent_type == "traffic_light" or not is_somewhere(_state(actor)):
            continue
        middle = view.pixel((actor.x, actor.y))
        count, turn = {"stop_sign": (8, math.pi / 8), "yield_sign": (3, math.pi)}.get(
            actor.agent_type, (4, 0.0)
        )
        canvas.polygon(_regular(middle, 4.6 * view.unit, count, turn), theme.halo)
        canvas.outline(_regular(middle, 3.6 * view.unit, count, turn), theme.faint, view.unit)


def draw_lights(
    canvas: Canvas,
    actors: Sequence[ScenarioActor],
    lights: Mapping[int, str] | None,
    view: View,
    theme: Theme,
) -> None:
    """Draw traffic lights as bars in the colour of their state, with a mark in its shape."""
    for actor in actors:
        if actor.agent_type != "traffic_light" or not is_somewhere(_state(actor)):
            continue
        light = (lights or {}).get(actor.actor_id, "none")
        length, width = max(side(actor.length), 1.0), max(side(actor.width), 1.0)  # as the SDK
        bar = view.pixels(corners(_state(actor), length, width))
        canvas.polygon(bar, LIGHTS.get(light, theme.faint))
        if light in LIGHTS:
            thick = min(length, width) * view.scale
            _draw_mark(canvas, view.pixel((actor.x, actor.y)), light, thick, view, theme)


def _draw_mark(
    canvas: Canvas, middle: Point, light: str, thick: float, view: View, theme: Theme
) -> None:
    """Draw a mark that is larger than the bar is thick, in pixels."""
    radius, rim = max(2.6 * view.unit, 0.7 * thick), 0.9 * view.unit
    if light not in _CORNERS:
        canvas.disc(middle, radius + rim, theme.ink)
        canvas.disc(middle, radius, LIGHTS[light])
        return
    count = _CORNERS[light]
    turn, larger = (math.pi / 4, 1.25) if count == 4 else (0.0, 1.35)
    canvas.polygon(_regular(middle, radius * larger + rim * 1.6, count, turn), theme.ink)
    canvas.polygon(_regular(middle, radius * larger, count, turn), LIGHTS[light])


def _regular(middle: Point, radius: float, count: int, turn: float) -> list[Point]:
    """Return the corners of a regular polygon, the first at the top if it is not turned."""
    return [
        (
            middle[0] + radius * math.sin(turn + corner * math.tau / count),
            middle[1] - radius * math.cos(turn + corner * math.tau / count),
        )
        for corner in range(count)
    ]


def _state(actor: ScenarioActor) -> tuple[float, float, float, float]:
    return actor.x, actor.y, actor.orientation, 0.0
