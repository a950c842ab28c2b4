"""Texts and marks: the scale bar, the step and its time, the location, findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from iai_proxy.api.limits import TIME_STEP_S
from iai_proxy.pictures.agents import reach
from iai_proxy.pictures.canvas import Canvas
from iai_proxy.pictures.free_places import Label
from iai_proxy.pictures.ground import nice_length
from iai_proxy.pictures.letters import text_width
from iai_proxy.pictures.style import Style
from iai_proxy.pictures.view import View, is_somewhere
from iai_proxy.scene import Frame, Problem, Scene
from iai_proxy.scene.palette import Theme
from iai_proxy.text import printable

TEXT: Final = 10.5  # the size of letters in a picture of 400 pixels


def moment_of(step: int) -> str:
    """Return a step and its time, as they stand in pictures."""
    return f"step {step}  {step * TIME_STEP_S:.1f} s"


def length_of(metres: float) -> str:
    """Return a length as the scale bar says it."""
    return f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"


def draw_scale_bar(canvas: Canvas, view: View, theme: Theme) -> None:
    """Draw a bar of a whole length at the bottom left, and say how long it is."""
    length = nice_length(0.28 * view.size[0] / view.scale)
    unit, margin = view.unit, 10 * view.unit
    left, right = margin, margin + length * view.scale
    bottom = view.size[1] - margin
    bar = [[(left, bottom - 4 * unit), (left, bottom), (right, bottom), (right, bottom - 4 * unit)]]
    canvas.lines(bar, theme.halo, 3.6 * unit)
    canvas.lines(bar, theme.ink, 1.4 * unit)
    at = ((left + right) / 2, bottom - 4 * unit)
    canvas.text(at, length_of(length), TEXT * unit, theme.ink, theme.halo, "ms")


def draw_moment(canvas: Canvas, step: int, view: View, theme: Theme) -> None:
    """Write a step and its time at the bottom right."""
    margin = 10 * view.unit
    at = (view.size[0] - margin, view.size[1] - margin)
    canvas.text(at, moment_of(step), TEXT * view.unit, theme.ink, theme.halo, "rs")


def draw_title(canvas: Canvas, title: str, view: View, theme: Theme) -> None:
    """Write a text from outside at the top left, cut to the picture."""
    margin, letters = 10 * view.unit, TEXT * view.unit
    text = cut(printable(title), letters, view.size[0] - 2 * margin)
    canvas.text((margin, margin), text, letters, theme.ink, theme.halo, "la")


def cut(text: str, letters: float, width: float) -> str:
    """Return a text that is no wider than so many pixels, with an ellipsis if it is cut."""
    if text_width(text, letters) <= width:
        return text
    kept = text[: int(len(text) * width / text_width(text, letters))]
    while kept and text_width(f"{kept}…", letters) > width:
        kept = kept[:-1]
    return f"{kept}…"


def draw_findings(
    canvas: Canvas, scene: Scene, frame: Frame, view: View, style: Style
) -> list[Label]:
    """Mark the agents that the findings of a step are about; return the codes of these."""
    theme, labels = style.theme, list[Label]()
    for place, number in enumerate(frame.agents):
        state, codes = frame.shown(place), _codes(scene.problems, frame.step, number)
        if not codes or not is_somewhere(state):
            continue
        across, down = view.pixel(state[:2])
        raised = (12 if style.ids else 3) * view.unit  # above the agent's number
        top = down - reach(scene.agents[number], view) - raised
        half, height = 5.5 * view.unit, 9.5 * view.unit
        triangle = [(across, top - height), (across + half, top), (across - half, top)]
        canvas.outline(triangle, theme.halo, 3 * view.unit)
        canvas.polygon(triangle, theme.alarm)
        canvas.text((across, top - view.unit), "!", 7 * view.unit, theme.halo, theme.alarm, "ms")
        beside = half + 2 * view.unit
        places = (((across + beside, top), "ls"), ((across - beside, top), "rs"))
        labels.append(Label(places, codes, 8.5 * view.unit, theme.alarm, theme.halo))
    return labels


def _codes(problems: Sequence[Problem], step: int, number: int) -> str:
    codes = {
        problem.code
        for problem in problems
        if problem.first <= step <= problem.last and number in problem.agents
    }
    return ", ".join(f"IAI{code:03d}" for code in sorted(codes))
