"""The one palette that all frames of a GIF have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import sub
from typing import Final

from PIL import Image, ImageColor

from iai_proxy.scene.palette import CAR, EGO, LIGHTS, OTHER, PEDESTRIAN, Theme

#: The place in the palette that is transparent.
UNCHANGED: Final = 255
_BLENDS: Final = (1.0, 0.66, 0.33)
#: So many of the ground's most common colours are kept as they are.
_COMMON: Final = 12
#: How much two colours of the palette differ at least in red, green or blue.
_LEAST_APART: Final = 8
#: So many pixels in each direction tell which colours the ground has.
_SAMPLE: Final = 400
Colour = tuple[int, int, int]


def palette_of(ground: Image.Image, theme: Theme) -> Image.Image:
    """Return an image whose palette has the drawn colours, also faded, and those of the ground."""
    size = min(ground.width, _SAMPLE), min(ground.height, _SAMPLE)
    sample = ground.resize(size, Image.Resampling.NEAREST)
    counts = sorted(_counts(sample), reverse=True)[:_COMMON]
    common = [colour for _, colour in counts]
    several = _colours(sample.quantize(UNCHANGED, dither=Image.Dither.NONE))
    colours = _apart([*common, *_blended(theme, common[:2]), *several])
    flat = [band for colour in colours[:UNCHANGED] for band in colour]
    flat += flat[:3] * (256 - len(flat) // 3)
    image = Image.new("P", (1, 1))
    image.putpalette(flat)
    return image


def _apart(colours: Iterable[Colour]) -> list[Colour]:
    """Return colours without those that are hardly other than an earlier one.

    Pillow looks a colour up by the corner of a cube of 4 x 4 x 4 colours that it is in, and would
    find a neighbour of it.
    """
    kept: list[Colour] = []
    for colour in colours:
        if all(max(map(abs, map(sub, colour, other))) >= _LEAST_APART for other in kept):
            kept.append(colour)
    return kept


def _counts(image: Image.Image) -> Iterator[tuple[int, Colour]]:
    """Yield the colours of an image, and how many pixels have each."""
    for count, colour in image.getcolors(image.width * image.height) or []:
        if isinstance(colour, tuple):  # as in every RGB image
            yield count, (colour[0], colour[1], colour[2])


def _colours(image: Image.Image) -> list[Colour]:
    """Return the palette of an image."""
    bands = image.getpalette() or []
    return list(zip(bands[::3], bands[1::3], bands[2::3], strict=True))


def _blended(theme: Theme, grounds: Sequence[Colour]) -> Iterator[Colour]:
    """Yield what is drawn in, at full strength and as it fades into the ground or its rim."""
    own = (theme.ink, theme.halo, theme.faint, theme.ghost, theme.velocity, theme.alarm)
    names = (CAR, PEDESTRIAN, EGO, OTHER, *LIGHTS.values(), *own)
    rims = [_rgb(theme.rim), _rgb(theme.ink)]
    for colour in map(_rgb, names):
        for ground in (*grounds, *rims):
            for part in _BLENDS:
                red, green, blue = (
                    round(part * drawn + (1 - part) * under)
                    for drawn, under in zip(colour, ground, strict=True)
                )
                yield red, green, blue


def _rgb(name: str) -> Colour:
    red, green, blue, *_ = ImageColor.getrgb(name)
    return red, green, blue
