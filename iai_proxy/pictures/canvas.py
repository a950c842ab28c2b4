"""Shapes on an image, anti-aliased.

Pillow's shapes have jagged edges. Each shape is drawn as a mask of four times the size, which is
reduced and pasted. That costs time for the shape, not for the picture, and tells which parts of the
picture have changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw

from iai_proxy.pictures.free_places import Box, Label, Taken
from iai_proxy.pictures.letters import Letters, lettered
from iai_proxy.scene.model import Point

_FINER: Final = 4
#: Pillow counts pixels in 32 bits. What is so far outside needs no exact place.
_FAR: Final = 1e6
_Drawing = Callable[[ImageDraw.ImageDraw, Callable[[Point], Point]], None]


class Canvas:
    """An image that is drawn on.

    Attributes:
        image: RGB.
        touched: the parts of it that have been drawn on; they may overlap.
    """

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.touched: list[Box] = []
        self._taken = Taken()

    def polygon(self, points: Sequence[Point], colour: str, opacity: float = 1.0) -> None:
        """Fill a polygon."""

        def draw(mask: ImageDraw.ImageDraw, finer: Callable[[Point], Point]) -> None:
            mask.polygon([finer(point) for point in points], fill=255)

        self._paint(points, 1, draw, colour, opacity)

    def lines(
        self,
        lines: Sequence[Sequence[Point]],
        colour: str,
        width: float,
        opacity: float = 1.0,
    ) -> None:
        """Draw lines, whose parts that overlap are no darker."""

        def draw(mask: ImageDraw.ImageDraw, finer: Callable[[Point], Point]) -> None:
            for line in lines:
                ends = [finer(point) for point in line]
                mask.line(ends, fill=255, width=max(round(width * _FINER), 1), joint="curve")

        self._paint([point for line in lines for point in line], width, draw, colour, opacity)

    def outline(
        self, points: Sequence[Point], colour: str, width: float, opacity: float = 1.0
    ) -> None:
        """Draw the outline of a polygon."""
        self.lines([[*points, *points[:2]]], colour, width, opacity)

    def disc(self, middle: Point, radius: float, colour: str) -> None:
        """Fill a circle."""
        self.polygon(_circle(middle, radius), colour)

    def ring(self, middle: Point, radius: float, colour: str, width: float) -> None:
        """Draw a circle."""
        outer, inner = (_circle(middle, radius + part * width / 2) for part in (1, -1))

        def draw(mask: ImageDraw.ImageDraw, finer: Callable[[Point], Point]) -> None:
            mask.polygon([finer(point) for point in outer], fill=255)
            mask.polygon([finer(point) for point in inner], fill=0)

        self._paint(outer, 1, draw, colour)

    def text(
        self, at: Point, text: str, size: float, colour: str, halo: str, anchor: str = "ls"
    ) -> None:
        """Write a line of text with a halo, within the image if its anchor is.

        Args:
            at: the place of the anchor.
            text: written as it is.
            size: of the letters, in pixels.
            colour: of the letters.
            halo: the colour around them.
            anchor: which point of the text that is, in Pillow's two letters.
        """
        letters = lettered(text, round(size), anchor)
        box = self._box_of(at, letters)
        self._taken.add(box)
        self.image.paste(halo, box[:2], letters.around)
        self.image.paste(colour, box[:2], letters.ink)
        self._touch(self._within(*box))

    def label(self, label: Label) -> None:
        """Write a text at the first of its places that has none yet."""
        size = round(label.size)
        chosen = label.places[0] if label.is_kept else None
        for at, anchor in label.places:
            if self._taken.is_free(self._box_of(at, lettered(label.text, size, anchor))):
                chosen = at, anchor
                break
        if chosen is not None:
            at, anchor = chosen
            self.text(at, label.text, label.size, label.colour, label.halo, anchor)

    def _box_of(self, at: Point, letters: Letters) -> Box:
        """Return where a text is: within the image if its anchor is."""
        width, height = letters.ink.size
        left, top = round(at[0]) + letters.left, round(at[1]) + letters.top
        if 0 <= at[0] < self.image.width and 0 <= at[1] < self.image.height:
            left = max(min(left, self.image.width - width), 0)
            top = max(min(top, self.image.height - height), 0)
        return left, top, left + width, top + height

    def _paint(
        self,
        points: Sequence[Point],
        around: float,
        draw: _Drawing,
        colour: str,
        opacity: float = 1.0,
    ) -> None:
        """Draw on a mask that has the points and something around, and paste the colour by it."""
        if not points:
            return
        across, down = zip(*points, strict=True)
        reach = around + 1
        box = self._within(
            min(across) - reach, min(down) - reach, max(across) + reach, max(down) + reach
        )
        left, top, right, bottom = box
        if left >= right or top >= bottom:
            return

        def finer(point: Point) -> Point:
            across, down = (point[0] - left) * _FINER - 0.5, (point[1] - top) * _FINER - 0.5
            return min(max(across, -_FAR), _FAR), min(max(down, -_FAR), _FAR)

        mask = Image.new("L", ((right - left) * _FINER, (bottom - top) * _FINER))
        draw(ImageDraw.Draw(mask), finer)
        mask = mask.reduce(_FINER)
        if opacity < 1:
            mask = mask.point([round(value * opacity) for value in range(256)])
        self.image.paste(colour, box, mask)
        self._touch(box)

    def _touch(self, box: Box) -> None:
        if box[0] < box[2] and box[1] < box[3]:
            self.touched.append(box)

    def _within(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Return the pixels of the picture that a rectangle has a part in."""
        return (
            max(math.floor(left), 0),
            max(math.floor(top), 0),
            min(math.ceil(right), self.image.width),
            min(math.ceil(bottom), self.image.height),
        )


def _circle(middle: Point, radius: float) -> list[Point]:
    """Return a polygon that looks round; Pillow draws all of a circle, however little is seen."""
    count = min(max(round(radius), 24), 360)
    angles = (corner * math.tau / count for corner in range(count))
    return [
        (middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle))
        for angle in angles
    ]


def dashes(points: Sequence[Point], length: float) -> list[list[Point]]:
    """Cut a line into dashes, with gaps of the same length."""
    cut: list[list[Point]] = []
    for (x, y), (to_x, to_y) in pairwise(points):
        distance = math.hypot(to_x - x, to_y - y)
        count = max(round(distance / length / 2 - 0.5), 0) * 2 + 1
        for number in range(0, count, 2):
            begin, end = number / count, (number + 1) / count
            cut.append(
                [
                    (x + (to_x - x) * begin, y + (to_y - y) * begin),
                    (x + (to_x - x) * end, y + (to_y - y) * end),
                ]
            )
    return cut
