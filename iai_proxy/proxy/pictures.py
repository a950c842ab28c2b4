"""Cuts pictures of one frame out of recorded ones of another.

A picture is a square of the map, north up. The API draws it for the frame that is asked for, so a
recorded one of another frame would show the wrong place and scale. Pixels are taken as they are:
the SDK counts those that are not black to learn how much road there is.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import parse_qs

_GREY: Final = (128, 128, 128)
#: The SDK draws agents on these maps mirrored, because x goes to the left in their pictures
#: (``left_hand_coordinates`` in its examples).
_MIRRORED: Final = "carla:"


@dataclass(frozen=True, slots=True)
class Frame:
    """What a picture shows: a square with its middle at (x, y) and sides of ``fov``, in metres."""

    x: float
    y: float
    fov: float

    def __str__(self) -> str:
        return f"{self.fov:g} m around ({self.x:g}, {self.y:g})"

    @classmethod
    def of(cls, center: Any, fov: Any) -> Self | None:
        """Return the frame that values of a request or an answer mean; None if they mean none."""
        try:
            x, y = map(float, center)
            frame = cls(x, y, float(fov))
        except (TypeError, ValueError):
            return None
        return frame if frame.fov > 0 else None

    @classmethod
    def of_drive(cls, request: Mapping[str, Any]) -> Self | None:
        """Return the frame that a ``drive`` names; None where it leaves any of it to the API."""
        return cls.of(request.get("rendering_center"), request.get("rendering_fov"))

    def overlap(self, other: Frame) -> tuple[float, float, float, float] | None:
        """Return what both show, as offsets from our middle: left, top, right, bottom (m)."""
        right = other.x - self.x
        up = other.y - self.y
        half, reach = self.fov / 2, other.fov / 2
        left, top = max(-half, right - reach), max(-half, -up - reach)
        end, bottom = min(half, right + reach), min(half, -up + reach)
        return (left, top, end, bottom) if left < end and top < bottom else None

    def covered_by(self, other: Frame) -> float:
        """Return which share of it another frame shows."""
        box = self.overlap(other)
        return (box[2] - box[0]) * (box[3] - box[1]) / self.fov**2 if box else 0.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """The frame that a ``location_info`` names: either part may be left to the API."""

    center: tuple[str, ...] | None
    fov: str | None

    @classmethod
    def of(cls, target: str) -> Self:
        """Read a request's query."""
        query = parse_qs(target.partition("?")[2])
        center, fov = query.get("rendering_center"), query.get("rendering_fov")
        return cls(tuple(center[0].split(",")) if center else None, fov[0] if fov else None)

    def frame(self, answer: Mapping[str, Any]) -> Frame | None:
        """Return the whole frame; ``answer`` says what the API chose."""
        center = self.center or answer.get("map_center")
        return Frame.of(center, self.fov or answer.get("map_fov"))


def cut(picture: Sequence[int], shown: Frame, wanted: Frame, location: str) -> list[int]:
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

    if location.startswith(_MIRRORED):
        shown, wanted = (Frame(-frame.x, frame.y, frame.fov) for frame in (shown, wanted))
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
