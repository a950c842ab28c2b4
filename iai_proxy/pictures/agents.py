"""Agents: their boxes, directions, velocities, numbers and trails, and what happened to them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from iai_proxy.pictures.canvas import Canvas, dashes
from iai_proxy.pictures.free_places import Label
from iai_proxy.pictures.style import Style
from iai_proxy.pictures.view import View, corners, is_somewhere, placed, side
from iai_proxy.scene import Agent, Frame
from iai_proxy.scene.model import Point, State
from iai_proxy.scene.palette import Theme, agent_colour

#: What the SDK draws as a velocity: the way of so many seconds.
_VELOCITY_S: Final = 0.5
#: A trail begins so many steps before: 5 s.
TRAIL_STEPS: Final = 50
#: An answer that the client overwrote by less can't be seen.
_MOVED_M: Final = 0.05
#: No vehicle is faster, m/s; a speed from outside may be.
_FASTEST: Final = 1000.0
#: In a shorter agent a triangle is but a dot, in pixels of a picture of 400.
_LEAST_WITH_NOSE: Final = 6.0
_INFRACTIONS: Final = ("collision", "off road", "wrong way")
#: An agent, where it is, and its place in the frame.
_Seen = tuple[Agent, State, int]


def draw_trails(
    canvas: Canvas, frames: Sequence[Frame], agents: Mapping[int, Agent], view: View
) -> None:
    """Draw where the agents of the last frame were in those before."""
    present = set(frames[-1].agents) if frames else set()
    ways: dict[int, list[Point]] = {number: [] for number in present}
    for frame in frames:
        for place, number in enumerate(frame.agents):
            state = frame.shown(place)
            if number in present and is_somewhere(state):
                ways[number].append(view.pixel(state[:2]))
    for number, way in ways.items():
        if len(way) > 1 and _is_seen(way, view):
            agent = agents[number]
            colour = agent_colour(agent.kind, is_ego=agent.is_ego)
            canvas.lines([way], colour, 2.2 * view.unit, opacity=0.55)


def draw_agents(
    canvas: Canvas, frame: Frame, agents: Mapping[int, Agent], view: View, style: Style
) -> list[Label]:
    """Draw the agents of a frame, and return what is to be written at them."""
    seen = [
        (agents[number], state, place)
        for place, number in enumerate(frame.agents)
        if is_somewhere(state := frame.shown(place)) and _is_seen([view.pixel(state[:2])], view)
    ]
    for agent, state, place in seen:
        if agent.number in frame.applied:
            _draw_ghost(canvas, agent, frame.answered(place), state, view, style.theme)
    for agent, state, _ in seen:
        _draw_body(canvas, agent, state, view, style, is_outside=agent.number in frame.outside)
    for agent, state, _ in seen:
        if style.velocities:
            _draw_velocity(canvas, state, view, style.theme)
        if agent.number in frame.infractions:
            middle, radius = view.pixel(state[:2]), ring_radius(agent, view)
            canvas.ring(middle, radius, style.theme.halo, 3.6 * view.unit)
            canvas.ring(middle, radius, style.theme.alarm, 2 * view.unit)
    return [*_ids(frame, seen, view, style), *_infractions(frame, seen, view, style.theme)]


def drawn_size(agent: Agent, view: View) -> tuple[float, float]:
    """Return the length and width that an agent is drawn with, in metres: small ones larger."""
    least = 2.8 * view.unit / view.scale
    length, width = side(agent.length), side(agent.width)
    if agent.kind == "pedestrian":
        across = max(length, width, 0.6, 1.9 * least)
        return across, across
    longer = 2 if length > 1.3 * width else 1  # which way it is turned is seen from afar
    return max(length, longer * least), max(width, least)


def reach(agent: Agent, view: View) -> float:
    """Return how far an agent reaches from its middle, in pixels."""
    length, width = drawn_size(agent, view)
    return math.hypot(length, width) / 2 * view.scale


def _draw_body(
    canvas: Canvas, agent: Agent, state: State, view: View, style: Style, *, is_outside: bool
) -> None:
    theme, colour = style.theme, agent_colour(agent.kind, is_ego=agent.is_ego)
    rim = view.unit * (1.8 if agent.is_ego else 0.8)
    rim_colour = theme.ink if agent.is_ego else theme.rim
    length, width = drawn_size(agent, view)
    if agent.kind == "pedestrian":
        middle, radius = view.pixel(state[:2]), length / 2 * view.scale
        canvas.disc(middle, radius + rim, rim_colour)
        canvas.disc(middle, radius, theme.ground if is_outside else colour)
        if is_outside:
            canvas.ring(middle, radius, colour, 1.2 * view.unit)
    else:
        around = 2 * rim / view.scale
        canvas.polygon(view.pixels(corners(state, length + around, width + around)), rim_colour)
        box = view.pixels(corners(state, length, width))
        canvas.polygon(box, theme.ground if is_outside else colour)
        if is_outside:
            canvas.outline(box, colour, 1.2 * view.unit)
            canvas.lines([box[::2], box[1::2]], colour, 0.8 * view.unit)
    if style.directions and length * view.scale > _LEAST_WITH_NOSE * view.unit:
        nose = colour if is_outside else theme.nose
        canvas.polygon(view.pixels(_nose(state, length, width)), nose)


def _nose(state: State, length: float, width: float) -> list[Point]:
    """Return the triangle in an agent's front half."""
    tip, base, side = 0.44 * length, 0.1 * length, 0.32 * width
    return placed(state, [(tip, 0.0), (base, side), (base, -side)])


def _draw_ghost(
    canvas: Canvas, agent: Agent, answered: State, shown: State, view: View, theme: Theme
) -> None:
    """Draw where the API put an agent that the client moved, joined to where it is."""
    if not is_somewhere(answered) or math.dist(answered[:2], shown[:2]) < _MOVED_M:
        return
    box = view.pixels(corners(answered, *drawn_size(agent, view)))
    thin = 0.9 * view.unit
    canvas.lines(dashes([*box, box[0]], 3.5 * view.unit), theme.ghost, thin)
    canvas.lines([view.pixels([answered[:2], shown[:2]])], theme.ghost, thin)


def _draw_velocity(canvas: Canvas, state: State, view: View, theme: Theme) -> None:
    if not abs(state[3]) <= _FASTEST:
        return
    way = view.pixels(placed(state, [(0.0, 0.0), (state[3] * _VELOCITY_S, 0.0)]))
    if math.dist(*way) >= 1:
        canvas.lines([way], theme.velocity, 1.4 * view.unit)


def ring_radius(agent: Agent, view: View) -> float:
    """Return how large the ring around an agent with infractions is, in pixels."""
    return reach(agent, view) + 3 * view.unit


def _infractions(frame: Frame, seen: Sequence[_Seen], view: View, theme: Theme) -> Iterator[Label]:
    """Yield what the agents with a ring have done: below it, else above it or beside it."""
    for agent, state, _ in seen:
        flags = frame.infractions.get(agent.number)
        if flags is None:
            continue
        (x, y), away = view.pixel(state[:2]), ring_radius(agent, view) + 3 * view.unit
        places = (
            ((x, y + away), "ma"),
            ((x, y - away), "ms"),
            ((x + away, y), "lm"),
            ((x - away, y), "rm"),
        )
        said = ", ".join(name for name, is_so in zip(_INFRACTIONS, flags, strict=True) if is_so)
        size = 8.5 * view.unit
        yield Label(places, said, size, theme.alarm, theme.halo, is_kept=False)


def _ids(frame: Frame, seen: Sequence[_Seen], view: View, style: Style) -> Iterator[Label]:
    """Yield the numbers of agents: at a corner, outside the ring if there is one."""
    for agent, state, _ in seen if style.ids else ():
        is_ringed = agent.number in frame.infractions
        away = (
            ring_radius(agent, view) * 0.75 + view.unit if is_ringed else reach(agent, view) * 0.75
        )
        x, y = view.pixel(state[:2])
        places = (
            ((x + away, y - away), "ls"),
            ((x - away, y - away), "rs"),
            ((x + away, y + away), "la"),
            ((x - away, y + away), "ra"),
        )
        theme = style.theme
        yield Label(places, str(agent.number), 10 * view.unit, theme.ink, theme.halo)


def _is_seen(points: Sequence[Point], view: View) -> bool:
    """Tell whether some of a line may be in the picture, or so near that its mark is."""
    width, height = view.size
    around = 0.1 * (width + height)
    across, down = zip(*points, strict=True)
    return bool(
        min(across) < width + around
        and max(across) > -around
        and min(down) < height + around
        and max(down) > -around
    )
