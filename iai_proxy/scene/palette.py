"""The colours of pictures and of the page.

They are those of Okabe and Ito, which people with any colour vision tell apart, on a light and on a
dark ground. What matters is never told by colour alone: egos have a thick rim, pedestrians are
round, lights have a mark in the shape of their state, infractions are a ring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CAR: Final = "#0072B2"
PEDESTRIAN: Final = "#E69F00"
EGO: Final = "#D55E00"
OTHER: Final = "#CC79A7"

#: Of the states that the API knows; any other is drawn in the theme's ``faint``.
LIGHTS: Final = {"green": "#009E73", "yellow": "#F0E442", "red": "#D55E00"}


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours that depend on the ground, as ``#RRGGBB``.

    Attributes:
        ground: where nothing is.
        road: lanes without a recorded picture.
        lines: what is white in a recorded picture, such as lines on the road.
        border: the borders of lanes.
        grid: lines of whole metres where no ground is known.
        ink: text, the scale bar, the rim of egos.
        halo: around text and marks, so that they are read on any ground.
        faint: what matters less, such as signs and lights that are off.
        ghost: where the API put an agent that the client moved.
        rim: around agents, so that neighbours stay apart.
        nose: the triangle that shows an agent's direction.
        velocity: the line to where an agent will be in half a second.
        alarm: rings of infractions, marks of findings.
    """

    name: str
    ground: str
    road: str
    lines: str
    border: str
    grid: str
    ink: str
    halo: str
    faint: str
    ghost: str
    rim: str
    nose: str
    velocity: str
    alarm: str


LIGHT: Final = Theme(
    name="light",
    ground="#F7F7F5",
    road="#DCE0E5",
    lines="#FFFFFF",
    border="#AAB2BC",
    grid="#E2E3E0",
    ink="#17191C",
    halo="#FFFFFF",
    faint="#8C939C",
    ghost="#6E7680",
    rim="#FFFFFF",
    nose="#FFFFFF",
    velocity="#00684C",
    alarm="#A3003F",
)
DARK: Final = Theme(
    name="dark",
    ground="#121417",
    road="#2B3037",
    lines="#C3CAD2",
    border="#525B66",
    grid="#23272C",
    ink="#F2F3F4",
    halo="#000000",
    faint="#7D8792",
    ghost="#9AA4AF",
    rim="#0B0C0E",
    nose="#FFFFFF",
    velocity="#5FE0B5",
    alarm="#FF6F91",
)
THEMES: Final = {theme.name: theme for theme in (LIGHT, DARK)}


def agent_colour(kind: str, *, is_ego: bool) -> str:
    """Return the colour of an agent."""
    if is_ego:
        return EGO
    return {"car": CAR, "pedestrian": PEDESTRIAN}.get(kind, OTHER)
