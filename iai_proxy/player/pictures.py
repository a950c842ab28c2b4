"""Cuts pictures of one frame out of recorded ones of another.

A picture is a square of the map, north up. The API draws it for the frame that is asked for, so a
recorded one of another frame would show the wrong place and scale. Pixels are taken as they are:
the SDK counts those that are not black to learn how much road there is.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from iai_proxy.api.picture_frames import PictureFrame, is_mirrored

_GREY: Final = (128, 128, 128)


def cut(
    picture: Sequence[int], shown: PictureFrame, wanted: PictureFrame, location: str
) -> list[int]:
    """Return the picture of another frame, as large in pixels; grey where nothing was recorded.

    Args:
        picture: the byte values of an image file.
        shown: the frame of the picture.
        wanted: the frame to be shown.
        location: its map, of which some are drawn mirrored.

    Raises:
        ValueError: the picture can't be read.
    """
    from PIL import Image  # here, as only few replays need it

    if is_mirrored(location):
        shown, wanted = (PictureFrame(-frame.x, frame.y, frame.fov) for frame in (shown, wanted))
    try:
        image = Image.open(io.BytesIO(bytes(picture))).convert("RGB")
    except (OSError, ValueError, TypeError) as error:
        raise ValueError("the recorded picture can't be read") from error
    canvas = Image.new("RGB", image.size, _GREY)
    if box := wanted.overlap(shown):
        left, top, right, bottom = map(round, _pixels(box, wanted.fov, image.size))
        size = max(right - left, 1), max(bottom - top, 1)
        offset = wanted.x - shown.x, shown.y - wanted.y
        source = [edge + offset[index % 2] for index, edge in enumerate(box)]
        part = _pixels(source, shown.fov, image.size)
        canvas.paste(image.resize(size, Image.Resampling.NEAREST, part), (left, top))
    encoded = io.BytesIO()
    canvas.save(encoded, "PNG")
    return list(encoded.getvalue())


def _pixels(
    box: Sequence[float], fov: float, size: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Turn offsets from the middle of a frame (m) into pixels of its picture."""
    left, top, right, bottom = (
        min(max((edge / fov + 0.5) * size[index % 2], 0.0), float(size[index % 2]))
        for index, edge in enumerate(box)
    )
    return left, top, right, bottom
