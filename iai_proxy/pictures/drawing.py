"""Steps of a scene, drawn one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from PIL import Image

from iai_proxy.pictures.actors import draw_lights, draw_signs
from iai_proxy.pictures.agents import TRAIL_STEPS, draw_agents, draw_trails
from iai_proxy.pictures.canvas import Canvas
from iai_proxy.pictures.free_places import Box, Label
from iai_proxy.pictures.ground import drawn_ground
from iai_proxy.pictures.labels import draw_findings, draw_moment, draw_scale_bar, draw_title
from iai_proxy.pictures.style import Style
from iai_proxy.pictures.view import View, is_somewhere
from iai_proxy.scene import Frame, Scene

#: Says what is seen at a step.
Camera = Callable[[Frame], View]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One step.

    Attributes:
        image: RGB.
        ground: the same without what moves; the same object as long as the view stays.
        touched: the parts of ``image`` that differ from ``ground``; they may overlap.
    """

    image: Image.Image
    ground: Image.Image
    touched: tuple[Box, ...]


def still(view: View) -> Camera:
    """Return a camera that always shows the same."""
    return lambda _: view


def following(scene: Scene, number: int, view: View) -> Camera:
    """Return a camera with an agent in the middle; where it is absent, its last place or first."""
    first = view.center
    for frame in reversed(scene.frames):
        first = _place(frame, number) or first
    places, last = {}, first
    for frame in scene.frames:
        last = _place(frame, number) or last
        places[frame.step] = last
    return lambda frame: view.moved(places[frame.step])


def draw_steps(
    scene: Scene, steps: Iterable[int], camera: Camera, style: Style, *, captions: bool = True
) -> Iterator[Drawn]:
    """Draw steps of a scene.

    Args:
        scene: with the steps.
        steps: their numbers.
        camera: what is seen at each.
        style: what is drawn.
        captions: whether the location, the step and its time are written into the picture.
    """
    seen: View | None = None
    ground = Image.new("RGB", (1, 1))
    for step in steps:
        frame = scene.frame(step)
        view = camera(frame)
        if view != seen:
            seen, ground = view, _ground(scene, view, style)
        canvas = Canvas(ground.copy())
        labels = _draw_frame(canvas, scene, frame, view, style)
        draw_scale_bar(canvas, view, style.theme)
        if captions:
            draw_title(canvas, scene.simulation.location, view, style.theme)
            draw_moment(canvas, step, view, style.theme)
        for label in labels:  # around the captions
            canvas.label(label)
        yield Drawn(canvas.image, ground, tuple(canvas.touched))


def _ground(scene: Scene, view: View, style: Style) -> Image.Image:
    """Return what stays: the ground with its signs."""
    canvas = Canvas(drawn_ground(scene.ground, view, style.theme))
    draw_signs(canvas, scene.actors, view, style.theme)
    return canvas.image


def _draw_frame(
    canvas: Canvas, scene: Scene, frame: Frame, view: View, style: Style
) -> list[Label]:
    """Draw what moves, and return what is to be written, the most important first."""
    if style.trails:
        last = frame.step - scene.frames[0].step
        way = scene.frames[max(last - TRAIL_STEPS, 0) : last + 1]
        draw_trails(canvas, way, scene.agents, view)
    draw_lights(canvas, scene.actors, frame.lights, view, style.theme)
    labels = draw_agents(canvas, frame, scene.agents, view, style)
    if style.findings:
        labels = [*draw_findings(canvas, scene, frame, view, style), *labels]
    return labels


def _place(frame: Frame, number: int) -> tuple[float, float] | None:
    if number not in frame.agents:
        return None
    state = frame.shown(frame.agents.index(number))
    return state[:2] if is_somewhere(state) else None
