"""Animated GIFs.

All frames have one palette, and a frame has only what differs from the one before, the rest being
transparent. Pillow encodes the frames. They are made here, because Pillow would compare whole
pictures, and what has been drawn on is known.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from operator import sub
from typing import Final

from PIL import GifImagePlugin, Image, ImageChops, ImageColor

from iai_proxy.pictures.canvas import Box
from iai_proxy.pictures.drawing import Drawn
from iai_proxy.scene.palette import CAR, EGO, LIGHTS, OTHER, PEDESTRIAN, Theme

#: GIF counts time in hundredths of a second; viewers don't show frames shorter than two.
FASTEST_FPS: Final = 50
_UNCHANGED: Final = 255  # the place in the palette that is transparent
_BLENDS: Final = (1.0, 0.66, 0.33)
#: So many pixels in each direction tell which colours the ground has.
_SAMPLE: Final = 400
#: So many of the ground's most common colours are kept as they are.
_COMMON: Final = 12
#: How much two colours of the palette differ at least in red, green or blue.
_LEAST_APART: Final = 8
Colour = tuple[int, int, int]


def animated_gif(drawn: Iterable[Drawn], fps: float, theme: Theme) -> Iterator[bytes]:
    """Return an animated GIF that repeats for ever, piece by piece.

    Args:
        drawn: the frames, at least one.
        fps: frames a second, up to 50.
        theme: the colours that the palette must have.
    """
    encoder: _Encoder | None = None
    for number, frame in enumerate(drawn):
        if encoder is None:
            encoder = _Encoder(frame, theme)
            yield _header(frame.image.size, encoder.palette)
        begin, end = (round(100 * place / fps) for place in (number, number + 1))
        yield encoder.encoded(frame, end - begin)
    yield b";"


class _Encoder:
    """Turns frames into blocks of a GIF, each against the one before."""

    def __init__(self, first: Drawn, theme: Theme) -> None:
        self.palette = _palette(first.ground, theme)
        self._ground = first.ground
        self._plain = self._indexed(first.ground)
        self._shown: Image.Image | None = None
        self._touched: tuple[Box, ...] = ()

    def encoded(self, frame: Drawn, hundredths: int) -> bytes:
        """Return the block of a frame that is shown for so long."""
        whole = (0, 0, *frame.image.size)
        stays = frame.ground is self._ground and self._shown is not None
        if frame.ground is not self._ground:
            self._ground, self._plain = frame.ground, self._indexed(frame.ground)
        shown = self._over_ground(frame)
        changed = {*self._touched, *frame.touched} if stays else {whole}
        before, self._shown, self._touched = self._shown, shown, frame.touched
        if before is None:
            return _block(shown, whole, hundredths, self.palette)
        return _block(*_difference(before, shown, changed), hundredths, self.palette)

    def _over_ground(self, frame: Drawn) -> Image.Image:
        """Return the frame's places in the palette; only what was drawn is looked up."""
        shown = self._plain.copy()
        parts = self._looked_up(frame.image, frame.touched)
        for box, part in zip(frame.touched, parts, strict=True):
            shown.paste(part, box)
        return shown

    def _looked_up(self, image: Image.Image, boxes: Sequence[Box]) -> Iterator[Image.Image]:
        """Look up parts of an image at once, below each other: each look-up has its price."""
        if not boxes:
            return
        width = max(box[2] - box[0] for box in boxes)
        column = Image.new("RGB", (width, sum(box[3] - box[1] for box in boxes)))
        places, top = [], 0
        for box in boxes:
            places.append((0, top, box[2] - box[0], top + box[3] - box[1]))
            column.paste(image.crop(box), (0, top))
            top = places[-1][3]
        indexed = self._indexed(column)
        for place in places:
            yield indexed.crop(place)

    def _indexed(self, image: Image.Image) -> Image.Image:
        """Return an image of places in the palette, as greys."""
        found = image.quantize(palette=self.palette, dither=Image.Dither.NONE)
        return Image.frombytes("L", found.size, found.tobytes())


def _difference(
    before: Image.Image, after: Image.Image, changed: Iterable[Box]
) -> tuple[Image.Image, Box]:
    """Return what differs in the parts that may, and where that is in the picture."""
    found = Image.new("L", after.size, _UNCHANGED)
    for box in changed:
        part = after.crop(box)
        differs = ImageChops.difference(before.crop(box), part)
        found.paste(part, box, ImageChops.add(differs, differs, scale=1 / 255))  # 0 or 255
    whole = ImageChops.invert(found).getbbox() or (0, 0, 1, 1)
    return found.crop(whole), whole


def _block(shown: Image.Image, box: Box, hundredths: int, palette: Image.Image) -> bytes:
    """Encode one frame."""
    shown.load()
    image = Image.frombytes("P", shown.size, shown.tobytes())
    image.putpalette(palette.getpalette() or [])
    return b"".join(
        GifImagePlugin.getdata(
            image, box[:2], duration=10 * hundredths, transparency=_UNCHANGED, disposal=1
        )
    )


def _header(size: tuple[int, int], palette: Image.Image) -> bytes:
    """Return the head of a file: its size and palette, and that it repeats for ever."""
    colours = bytes(palette.getpalette() or [])[: 3 * 256].ljust(3 * 256, b"\0")
    repeats = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    return struct.pack("<6sHHBBB", b"GIF89a", *size, 0xF7, 0, 0) + colours + repeats


def _palette(ground: Image.Image, theme: Theme) -> Image.Image:
    """Return an image whose palette has the drawn colours, also faded, and those of the ground."""
    size = min(ground.width, _SAMPLE), min(ground.height, _SAMPLE)
    sample = ground.resize(size, Image.Resampling.NEAREST)
    counts = sorted(_counts(sample), reverse=True)[:_COMMON]
    common = [colour for _, colour in counts]
    several = _colours(sample.quantize(_UNCHANGED, dither=Image.Dither.NONE))
    colours = _apart([*common, *_blended(theme, common[:2]), *several])
    flat = [band for colour in colours[:_UNCHANGED] for band in colour]
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
