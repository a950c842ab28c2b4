"""Scenes as pictures: PNG, strips of several steps, GIF and WebP.

All is drawn from the values of ``scene``; recordings are not known here.
"""

from iai_proxy.pictures.agents import TRAIL_STEPS
from iai_proxy.pictures.drawing import Camera, Drawn, draw_steps, following, still
from iai_proxy.pictures.gif import FASTEST_FPS, animated_gif
from iai_proxy.pictures.strip import evenly_spread, strip_of
from iai_proxy.pictures.style import Style
from iai_proxy.pictures.view import View, view_of_all
from iai_proxy.pictures.webp import animated_webp

__all__ = [
    "FASTEST_FPS",
    "TRAIL_STEPS",
    "Camera",
    "Drawn",
    "Style",
    "View",
    "animated_gif",
    "animated_webp",
    "draw_steps",
    "evenly_spread",
    "following",
    "still",
    "strip_of",
    "view_of_all",
]
