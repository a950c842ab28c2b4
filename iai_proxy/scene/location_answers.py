"""What ``location_info`` answered about a place, in the order in which a run may use it."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from iai_proxy.api import Call, Endpoint
from iai_proxy.api.picture_frames import PictureFrame, WantedFrame, is_mirrored
from iai_proxy.diagnosis.values import members, number, rows, text
from iai_proxy.logs.missing_maps import location_asked
from iai_proxy.logs.scenario import ScenarioActor, actor_id_of
from iai_proxy.recordings.reader import Recording
from iai_proxy.scene.bodies import LenientBodies
from iai_proxy.scene.model import Picture, Point

#: A client may ask at every step: no more different answers than these are looked at.
_MOST: Final = 24
#: Static actors that are drawn of a location. Whole cities have a few thousand.
MOST_ACTORS: Final = 5_000
#: A picture of one pixel stands for one that was removed (``iai-proxy scrub``).
_LEAST_PIXELS: Final = 2
_KNOWN_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")


@dataclass(frozen=True, slots=True)
class LocationAnswer:
    """One answer. What it has not, or not as the API has it, is None or empty.

    Attributes:
        location: the place.
        asked: the frame that the request named.
        body: the answer.
    """

    location: str
    asked: WantedFrame
    body: Mapping[str, Any]

    @property
    def center(self) -> Point | None:
        """The middle that the API chose for pictures of the whole place."""
        return None if self.asked.center else pair_of(self.body.get("map_center"))

    @property
    def fov(self) -> float | None:
        """The field of view that the API chose for pictures of the whole place, m."""
        return None if self.asked.fov else number(self.body.get("map_fov"))

    @property
    def origin(self) -> tuple[float, float] | None:
        """Latitude and longitude of (0, 0), degrees."""
        return pair_of(self.body.get("map_origin"))

    @property
    def osm_map(self) -> str | None:
        """Its map in OSM XML."""
        return text(self.body.get("osm_map"))

    @property
    def actors(self) -> tuple[ScenarioActor, ...]:
        """Its static actors, as many as are drawn."""
        read = map(_actor, rows(self.body.get("static_actors"))[:MOST_ACTORS])
        return tuple(actor for actor in read if actor is not None)

    @property
    def left_out(self) -> str:
        """A sentence about static actors that are not drawn; empty if all are."""
        return actors_left_out(len(rows(self.body.get("static_actors"))))

    def picture(self) -> Picture | None:
        """Return its picture."""
        frame = self.asked.frame(self.body)
        return picture_of(self.body.get("birdview_image"), frame, self.location)


class LocationAnswers:
    """The answers in a recording, read when they are asked for.

    Args:
        recording: must stay open.
        bodies: of the recording.
    """

    def __init__(self, recording: Recording, bodies: LenientBodies) -> None:
        self._recording = recording
        self._bodies = bodies
        self._latest = 0
        self._calls: defaultdict[str, dict[tuple[bytes | None, str], Call]] = defaultdict(dict)

    def known(self, location: str, began: int) -> list[Call]:
        """Return the calls about a place, the preferred first: one of each answer.

        Args:
            location: the place.
            began: number of the first call of a simulation. What the client knew when it began is
                preferred: the latest answer before, then those before that, then the later ones.
        """
        self._look()
        calls = list(self._calls.get(location, {}).values())
        before = [call for call in calls if call.id < began]
        return [*reversed(before), *calls[len(before) :]][:_MOST]

    def read(self, location: str, calls: Sequence[Call]) -> Iterator[LocationAnswer]:
        """Yield the answers to calls about a place."""
        for call, body in zip(calls, self._bodies.answers(calls), strict=True):
            yield LocationAnswer(location, WantedFrame.of(call.target), body)

    def _look(self) -> None:
        """Note the calls that were written since."""
        newest = next(self._recording.numbers(descending=True), 0)
        if newest == self._latest:
            return
        for call in self._recording.calls(after=self._latest, endpoint=Endpoint.LOCATION_INFO):
            newest = max(newest, call.id)
            if call.succeeded and (asked := location_asked(call)):
                self._calls[asked].setdefault((call.response_hash, call.target), call)
        self._latest = newest


def actors_left_out(count: int) -> str:
    """Return a sentence about static actors that are not drawn; empty if all are."""
    if count <= MOST_ACTORS:
        return ""
    return f"of {count} static actors of the location the first {MOST_ACTORS} are drawn"


def picture_of(values: Any, frame: PictureFrame | None, location: str) -> Picture | None:
    """Return a picture as an answer holds it, the byte values of a file; None if it holds none.

    Args:
        values: of the answer.
        frame: what it shows.
        location: its map, of which some are drawn mirrored.
    """
    try:
        data = bytes(rows(values))
    except (TypeError, ValueError):
        return None
    if frame is None or (pixels_of(data) or 0) < _LEAST_PIXELS:
        return None
    return Picture(data, (frame.x, frame.y), frame.fov, mirrored=is_mirrored(location))


def pixels_of(data: bytes) -> int | None:
    """Return how many pixels wide a picture is; None if it is none that a browser shows."""
    from PIL import Image  # here, as it takes longer to import than all else

    try:
        with Image.open(io.BytesIO(data), formats=_KNOWN_FORMATS) as picture:
            return picture.width
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def pair_of(value: Any) -> tuple[float, float] | None:
    """Return two finite numbers, or None for anything else."""
    given = [read for read in map(number, rows(value)) if read is not None]
    return (given[0], given[1]) if len(given) == len(rows(value)) == 2 else None


def _actor(value: Any) -> ScenarioActor | None:
    given = members(value)
    identity, kind = actor_id_of(given.get("actor_id")), text(given.get("agent_type"))
    x, y = number(given.get("x")), number(given.get("y"))
    if identity is None or kind is None or x is None or y is None:
        return None
    return ScenarioActor(
        actor_id=identity,
        agent_type=kind,
        x=x,
        y=y,
        orientation=number(given.get("orientation")) or 0.0,
        length=number(given.get("length")),
        width=number(given.get("width")),
    )
