"""The recorded ``location_info`` answers of a location: what their pictures show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from iai_proxy.api import query_of
from iai_proxy.api.picture_frames import PictureFrame, WantedFrame

SOURCE: Final = "include_map_source"


@dataclass(frozen=True, slots=True)
class RecordedMap:
    """A recorded ``location_info``.

    Attributes:
        asked: the frame that its request named.
        shown: what its picture shows; None without a picture.
        has_source: whether the map's source was asked for, or came all the same.
    """

    number: int
    asked: WantedFrame
    shown: PictureFrame | None
    has_source: bool

    @classmethod
    def of(cls, number: int, target: str, answer: Mapping[str, Any]) -> RecordedMap:
        """Read an answer and the target of its request."""
        asked = WantedFrame.of(target)
        shown = asked.frame(answer) if answer.get("birdview_image") else None
        return cls(number, asked, shown, asks_for_source(target) or bool(answer.get("osm_map")))


class RecordedMaps:
    """Looks at each answer once.

    Args:
        targets: the request targets, by number.
        answers: returns a recorded answer's JSON value by the number of its exchange.
    """

    def __init__(
        self, targets: Mapping[int, str], answers: Callable[[int], Mapping[str, Any]]
    ) -> None:
        self._targets = targets
        self._answers = answers
        self._read: dict[int, RecordedMap] = {}

    def of(self, numbers: Collection[int]) -> list[RecordedMap]:
        """Return what these exchanges hold."""
        for number in numbers:
            if number not in self._read:
                answer = self._answers(number)
                self._read[number] = RecordedMap.of(number, self._targets[number], answer)
        return [self._read[number] for number in numbers]


def asks_for_source(target: str) -> bool:
    """Whether a request asks for the map's source."""
    given = parse_qs(query_of(target)).get(SOURCE, [""])
    return given[0].lower() in {"true", "1", "yes", "on", "t", "y"}


def left_to_api(target: str, ignored: Collection[str], maps: Sequence[RecordedMap]) -> list[str]:
    """Return which parameters of its frame a request leaves to the API, though no recorded one did.

    What the API chooses for a location is known only from an answer to a request that left it to
    the API: a frame that a client has chosen says nothing about it.
    """
    asked, drawn = WantedFrame.of(target), [found for found in maps if found.shown]
    parts = {
        "rendering_center": asked.center is None and all(found.asked.center for found in drawn),
        "rendering_fov": asked.fov is None and all(found.asked.fov for found in drawn),
    }
    return [name for name, is_left in parts.items() if drawn and is_left and name not in ignored]


def wanted_frame(asked: WantedFrame, maps: Sequence[RecordedMap]) -> PictureFrame | None:
    """Complete a frame with what the API chose for the location, as far as that was recorded."""
    drawn = [found for found in maps if found.shown]
    centers = [found.shown for found in drawn if found.asked.center is None]
    fovs = [found.shown for found in drawn if found.asked.fov is None]
    any_shown = [found.shown for found in drawn]
    center, fov = next(iter(centers or any_shown), None), next(iter(fovs or any_shown), None)
    if center is None or fov is None:
        return None
    return PictureFrame.of(asked.center or (center.x, center.y), asked.fov or fov.fov)
