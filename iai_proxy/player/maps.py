"""Answers whose picture is of another frame than the recorded ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from iai_proxy.api import Response, parse_json
from iai_proxy.api.picture_frames import PictureFrame, WantedFrame
from iai_proxy.errors import InputError
from iai_proxy.player.pictures import cut
from iai_proxy.recordings import Recording
from iai_proxy.replay.field_comparison import asked_frame
from iai_proxy.replay.recorded_maps import RecordedMap, asks_for_source, wanted_frame
from iai_proxy.replay.request import location_of

_PICTURE: Final = "birdview_image"
_WHOLE: Final = 0.9999  # of a frame; its sides are seldom round numbers


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """A recorded ``location_info`` with a picture, and what that shows."""

    map: RecordedMap
    shown: PictureFrame
    response: Response
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MapAnswer:
    """An answer, the number of the call that it is from, and what is to be said of its picture."""

    response: Response
    number: int
    notice: str | None = None


def map_answer(
    recording: Recording, numbers: Sequence[int], target: str, ignored: Collection[str] = ()
) -> MapAnswer | None:
    """Return the answer for a request target from the calls of its location, the preferred first.

    None if they have no pictures, so that any of them will do. Parameters that are ignored are as
    they were recorded.

    Raises:
        InputError: the picture of the best of them can't be read.
    """
    maps = [found for number in numbers if (found := _drawn_map(recording, number))]
    if not maps:
        return None
    wanted = wanted_frame(WantedFrame.of(target, ignored), [found.map for found in maps])
    best = max(maps, key=lambda found: _fitness(found, wanted, target))
    number = best.map.number
    if wanted is None or best.shown == wanted:
        return MapAnswer(best.response, number)
    location = location_of(target) or ""
    try:
        picture = cut(best.answer[_PICTURE], best.shown, wanted, location)
    except ValueError as error:
        raise InputError(f"call {number}: {error}; ask for {best.shown}") from error
    answer = {
        **best.answer,
        _PICTURE: picture,
        "map_center": (wanted.x, wanted.y),
        "map_fov": wanted.fov,
    }
    response = replace(best.response, body=orjson.dumps(answer), encoding="")
    return MapAnswer(response, number, _notice(location, wanted, number, best.shown))


def _drawn_map(recording: Recording, number: int) -> DrawnMap | None:
    response = recording.response(number)
    try:
        answer = parse_json(response.body) if response else None
    except ValueError:
        return None
    if response is None or not isinstance(answer, dict):
        return None
    found = RecordedMap.of(number, recording.call(number).target, answer)
    return DrawnMap(found, found.shown, response, answer) if found.shown else None


def _fitness(
    found: DrawnMap, wanted: PictureFrame | None, target: str
) -> tuple[bool, bool, float, float]:
    """Rank a recorded map: its source if asked for, the very frame, most of it, the scale."""
    has_source = not asks_for_source(target) or found.map.has_source
    covered = round(wanted.covered_by(found.shown), 4) if wanted else 1.0
    return has_source, found.shown == wanted, covered, -found.shown.fov


def drive_picture(
    response: Response,
    number: int,
    request: Mapping[str, Any],
    recorded: Mapping[str, Any],
    ignored: Collection[str] = (),
) -> tuple[Response, str | None]:
    """Return the answer to a ``drive`` with the picture of its frame, and what is to be said of it.

    Fields that are ignored are as they were recorded.

    Raises:
        InputError: the recorded picture can't be read.
    """
    shown, wanted = PictureFrame.of_drive(recorded), asked_frame(request, recorded, ignored)
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
