"""Texts as masks, in Pillow's own typeface."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont


@dataclass(frozen=True, slots=True)
class Letters:
    """A drawn text: masks of the letters and of their halo, and where they are from the anchor."""

    ink: Image.Image
    around: Image.Image
    left: int
    top: int


@lru_cache(maxsize=4096)
def lettered(text: str, size: int, anchor: str) -> Letters:
    """Draw a text. Most are drawn in all frames of an animation."""
    typeface, halo = _font(size), max(round(size / 8), 1)
    sizes = ImageDraw.Draw(Image.new("L", (1, 1)))
    box = sizes.textbbox((0, 0), text, typeface, anchor, stroke_width=halo)
    left, top = math.floor(box[0]), math.floor(box[1])
    masks = []
    for stroke in (0, halo):
        mask = Image.new("L", (math.ceil(box[2]) - left, math.ceil(box[3]) - top))
        ImageDraw.Draw(mask).text(
            (-left, -top), text, 255, typeface, anchor, stroke_width=stroke, stroke_fill=255
        )
        masks.append(mask)
    return Letters(masks[0], masks[1], left, top)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own typeface, at a size in pixels."""
    return ImageFont.load_default(max(size, 6))


def text_width(text: str, size: float) -> float:
    """Return how many pixels a line of text takes."""
    return _font(round(size)).getlength(text)
