"""Answers whose picture is of another frame than the recorded ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from iai_proxy.api import Response, parse_json
from iai_proxy.api.picture_frames import PictureFrame, WantedFrame
from iai_proxy.errors import InputError
from iai_proxy.proxy.pictures import cut
from iai_proxy.recordings import Recording
from iai_proxy.replay.request import location_of

_PICTURE: Final = "birdview_image"
_WHOLE: Final = 0.9999  # of a frame; its sides are seldom round numbers


@dataclass(frozen=True, slots=True)
class RecordedMap:
    """A recorded ``location_info`` with a picture."""

    number: int
    response: Response
    answer: dict[str, Any]
    asked: WantedFrame
    shown: PictureFrame


@dataclass(frozen=True, slots=True)
class MapAnswer:
    """An answer, the number of the call that it is from, and what is to be said of its picture."""

    response: Response
    number: int
    notice: str | None = None


def map_answer(recording: Recording, numbers: Sequence[int], target: str) -> MapAnswer | None:
    """Return the answer for a request target from the calls of its location, the preferred first.

    None if they have no pictures, so that any of them will do.

    Raises:
        InputError: the picture of the best of them can't be read.
    """
    maps = [found for number in numbers if (found := _recorded_map(recording, number))]
    if not maps:
        return None
    asked = WantedFrame.of(target)
    wanted = _wanted_frame(asked, maps)
    best = max(maps, key=lambda found: _fitness(found, wanted, target))
    if wanted is None or best.shown == wanted:
        return MapAnswer(best.response, best.number)
    location = location_of(target) or ""
    try:
        picture = cut(best.answer[_PICTURE], best.shown, wanted, location)
    except ValueError as error:
        raise InputError(f"call {best.number}: {error}; ask for {best.shown}") from error
    answer = {
        **best.answer,
        _PICTURE: picture,
        "map_center": (wanted.x, wanted.y),
        "map_fov": wanted.fov,
    }
    response = replace(best.response, body=orjson.dumps(answer), encoding="")
    notice = _notice(location, wanted, best.number, best.shown)
    return MapAnswer(response, best.number, notice)


def _recorded_map(recording: Recording, number: int) -> RecordedMap | None:
    response = recording.response(number)
    asked = WantedFrame.of(recording.call(number).target)
    try:
        answer = parse_json(response.body) if response else None
    except ValueError:
        return None
    if response is None or not isinstance(answer, dict) or not answer.get(_PICTURE):
        return None
    shown = asked.frame(answer)
    return RecordedMap(number, response, answer, asked, shown) if shown else None


def _wanted_frame(asked: WantedFrame, maps: Sequence[RecordedMap]) -> PictureFrame | None:
    """Complete the frame with what the API chose for the location, as far as that was recorded."""
    centers = [found for found in maps if found.asked.center is None]
    fovs = [found for found in maps if found.asked.fov is None]
    center, fov = (centers or maps)[0].shown, (fovs or maps)[0].shown
    return PictureFrame.of(asked.center or (center.x, center.y), asked.fov or fov.fov)


def _fitness(
    found: RecordedMap, wanted: PictureFrame | None, target: str
) -> tuple[bool, float, bool, float]:
    """Rank a recorded map: the very frame, most of it, the map's source if asked for, the scale."""
    asks_for_source = "include_map_source=true" in target.lower()
    has_source = not asks_for_source or bool(found.answer.get("osm_map"))
    covered = round(wanted.covered_by(found.shown), 4) if wanted else 1.0
    return found.shown == wanted, covered, has_source, -found.shown.fov


def drive_picture(
    response: Response, number: int, request: Mapping[str, Any], recorded: Mapping[str, Any]
) -> tuple[Response, str | None]:
    """Return the answer to a ``drive`` with the picture of its frame, and what is to be said of it.

    Raises:
        InputError: the recorded picture can't be read.
    """
    shown, wanted = PictureFrame.of_drive(recorded), PictureFrame.of_drive(request)
    if shown == wanted or shown is None or wanted is None:
        return response, None  # one that is not known is the same, or the user ignores it
    answer = parse_json(response.body)
    picture = answer.get("birdview")
    if not picture:
        return response, None
    location = str(request.get("location"))
    try:
        answer["birdview"] = cut(picture, shown, wanted, location)
    except ValueError as error:
        raise InputError(f"call {number}: {error}; ask for {shown}") from error
    body = orjson.dumps(answer)
    return replace(response, body=body, encoding=""), _notice(location, wanted, number, shown)


def _notice(location: str, wanted: PictureFrame, number: int, shown: PictureFrame) -> str:
    notice = f"picture of {location}, {wanted}: cut out of call {number}, {shown}"
    if wanted.covered_by(shown) < _WHOLE:
        notice += ", which does not reach as far; the rest is grey"
    return notice
