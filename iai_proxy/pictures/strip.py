"""Several steps beside each other in one picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from PIL import Image

from iai_proxy.pictures.canvas import Canvas
from iai_proxy.pictures.labels import TEXT, cut, moment_of
from iai_proxy.pictures.view import unit_of
from iai_proxy.scene.palette import Theme
from iai_proxy.text import printable

#: So many pictures at most in a row.
_ACROSS: Final = 3
#: Times as many steps as pictures; of more it can't be seen whether they are evenly spread.
_FEW: Final = 8


def evenly_spread(steps: range, count: int) -> list[int]:
    """Return so many of the steps at most, the first and the last among them.

    Of few steps, where a step more here than there would show, they are fewer but evenly spread.
    """
    if len(steps) <= count:
        return list(steps)
    if count == 1:
        return [steps[-1]]
    last = len(steps) - 1
    for gaps in range(count - 1, count // 2 - 1, -1):
        if last < _FEW * count and gaps and last % gaps == 0:
            return list(steps[:: last // gaps])
    return [steps[round(place * (len(steps) - 1) / (count - 1))] for place in range(count)]


def strip_of(
    images: Sequence[Image.Image], steps: Sequence[int], title: str, theme: Theme
) -> Image.Image:
    """Put pictures of the same size beside each other, with step and time below each.

    Args:
        images: RGB.
        steps: that they show.
        title: a text from outside that stands above them.
        theme: the colours.
    """
    width, height = size = images[0].size
    unit = unit_of(size)
    gap, letters = round(8 * unit), TEXT * unit
    line = round(letters * 1.9)
    across = _columns(len(images))
    down = math.ceil(len(images) / across)
    whole = (across * (width + gap) + gap, line + down * (height + line) + gap // 2)
    canvas = Canvas(Image.new("RGB", whole, theme.halo))
    text = cut(printable(title), letters, whole[0] - 2 * gap)
    canvas.text((gap, line / 2), text, letters, theme.ink, theme.halo, "lm")
    for number, (image, step) in enumerate(zip(images, steps, strict=True)):
        row, column = divmod(number, across)
        left, top = gap + column * (width + gap), line + row * (height + line)
        canvas.image.paste(image, (left, top))
        below = (left + width / 2, top + height + line / 2)
        canvas.text(below, moment_of(step), letters, theme.ink, theme.halo, "mm")
    return canvas.image


def _columns(count: int) -> int:
    """Return how many stand in a row: 4 are two rows of two, 5 two of three."""
    rows = math.ceil(count / _ACROSS)
    return math.ceil(count / rows)
