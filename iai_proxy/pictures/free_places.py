"""Labels at places where no other text is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.scene.model import Point

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels; the last two excluded
#: Texts are looked for in squares of so many pixels.
_SQUARE: Final = 64


@dataclass(frozen=True, slots=True)
class Label:
    """A text that may stand at several places.

    Attributes:
        places: the anchor's place, and which point of the text that is in Pillow's two letters; the
            best first.
        size: of the letters, in pixels.
        colour: of the letters; ``halo`` around them.
        is_kept: whether it is written at its first place if none is free; else it is left out.
    """

    places: Sequence[tuple[Point, str]]
    text: str
    size: float
    colour: str
    halo: str
    is_kept: bool = True


class Taken:
    """The places that have texts."""

    def __init__(self) -> None:
        self._boxes: defaultdict[tuple[int, int], list[Box]] = defaultdict(list)

    def add(self, box: Box) -> None:
        """Note a text."""
        for square in _squares(box):
            self._boxes[square].append(box)

    def is_free(self, box: Box) -> bool:
        """Tell whether a text has no part in common with those before."""
        return not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
            for square in _squares(box)
            for other in self._boxes.get(square, ())
        )


def _squares(box: Box) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = (side // _SQUARE for side in box)
    return ((across, down) for across in range(left, right + 1) for down in range(top, bottom + 1))
