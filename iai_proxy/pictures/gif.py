"""Animated GIFs.

All frames have one palette, and a frame has only what differs from the one before, the rest being
transparent. Pillow encodes the frames. They are made here, because Pillow would compare whole
pictures, and what has been drawn on is known.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from PIL import GifImagePlugin, Image, ImageChops

from iai_proxy.pictures.drawing import Drawn
from iai_proxy.pictures.free_places import Box
from iai_proxy.pictures.gif_palette import UNCHANGED, palette_of
from iai_proxy.scene.palette import Theme

#: GIF counts time in hundredths of a second; viewers don't show frames shorter than two.
FASTEST_FPS: Final = 50


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
        self.palette = palette_of(first.ground, theme)
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
    found = Image.new("L", after.size, UNCHANGED)
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
            image, box[:2], duration=10 * hundredths, transparency=UNCHANGED, disposal=1
        )
    )


def _header(size: tuple[int, int], palette: Image.Image) -> bytes:
    """Return the head of a file: its size and palette, and that it repeats for ever."""
    colours = bytes(palette.getpalette() or [])[: 3 * 256].ljust(3 * 256, b"\0")
    repeats = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    return struct.pack("<6sHHBBB", b"GIF89a", *size, 0xF7, 0, 0) + colours + repeats
