"""Which part of a map a picture shows.

A picture is a square of the map, north up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Self
from urllib.parse import parse_qs

#: The SDK draws agents on these maps mirrored, because x goes to the left in their pictures
#: (``left_hand_coordinates`` in its examples).
MIRRORED: Final = "carla:"


def is_mirrored(location: str) -> bool:
    """Tell whether x goes to the left in the pictures of a location."""
    return location.startswith(MIRRORED)


@dataclass(frozen=True, slots=True)
class PictureFrame:
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
        except (TypeError, ValueError, OverflowError):
            return None
        return frame if all(map(isfinite, (x, y, frame.fov))) and frame.fov > 0 else None

    @classmethod
    def of_drive(cls, request: Mapping[str, Any]) -> Self | None:
        """Return the frame that a ``drive`` names; None where it leaves any of it to the API."""
        return cls.of(request.get("rendering_center"), request.get("rendering_fov"))

    def overlap(self, other: PictureFrame) -> tuple[float, float, float, float] | None:
        """Return what both show, as offsets from our middle: left, top, right, bottom (m)."""
        right = other.x - self.x
        up = other.y - self.y
        half, reach = self.fov / 2, other.fov / 2
        left, top = max(-half, right - reach), max(-half, -up - reach)
        end, bottom = min(half, right + reach), min(half, -up + reach)
        return (left, top, end, bottom) if left < end and top < bottom else None

    def covered_by(self, other: PictureFrame) -> float:
        """Return which share of it another frame shows."""
        box = self.overlap(other)
        return (box[2] - box[0]) / self.fov * ((box[3] - box[1]) / self.fov) if box else 0.0


@dataclass(frozen=True, slots=True)
class WantedFrame:
    """The frame that a ``location_info`` names: either part may be left to the API."""

    center: tuple[str, ...] | None
    fov: str | None

    @classmethod
    def of(cls, target: str, ignored: Collection[str] = ()) -> Self:
        """Read a request's query, without the parameters that are ignored."""
        query = parse_qs(target.partition("?")[2])
        center, fov = (
            query.get(name) if name not in ignored else None
            for name in ("rendering_center", "rendering_fov")
        )
        return cls(tuple(center[0].split(",")) if center else None, fov[0] if fov else None)

    def frame(self, answer: Mapping[str, Any]) -> PictureFrame | None:
        """Return the whole frame; ``answer`` says what the API chose."""
        center = self.center or answer.get("map_center")
        return PictureFrame.of(center, self.fov or answer.get("map_fov"))
