"""Where simulations are: the map of a location as the API told it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from iai_proxy.logs.scenario import ScenarioActor
from iai_proxy.run.reading import Reading
from iai_proxy.scene import Picture
from iai_proxy.scene.bodies import LenientBodies
from iai_proxy.scene.lanelets import Lanes, lanes_of
from iai_proxy.scene.location_answers import LocationAnswer, LocationAnswers
from iai_proxy.scene.recorded import RecordedRun


@dataclass(frozen=True)
class Map:
    """A location, as far as the recorded answers of ``location_info`` tell it.

    Attributes:
        location: its name: text from outside.
        picture: seen from above, north up: ``data`` (a PNG, bytes), ``center`` (x m, y m) and
            ``fov`` (its side, m); of several the one that shows most of the agents. None without
            one.
        osm: the map in OSM XML, text from outside; None unless the client asked for it.
        origin: latitude and longitude of (0, 0), degrees; None if not told.
        actors: what stands there, such as traffic lights: each with ``actor_id``, ``agent_type``,
            ``x`` m, ``y`` m, ``orientation`` rad, ``length`` m and ``width`` m. At most 5,000.
    """

    location: str
    picture: Picture | None = None
    osm: str | None = None
    origin: tuple[float, float] | None = None
    actors: Sequence[ScenarioActor] = ()

    @cached_property
    def lanes(self) -> Lanes | None:
        """The lanes of the map, in metres: ``borders`` as lines, ``areas`` as polygons of points.

        None without ``osm``, or if that can't be read as a map of lanes.
        """
        if self.osm is None:
            return None
        try:
            return lanes_of(self.osm, self.origin)
        except ValueError:
            return None

    def __repr__(self) -> str:
        return f"<map of {self.location!r}>"


def map_of(reading: Reading, scenes: RecordedRun, simulation: int) -> Map:
    """Return where a simulation is."""
    root = scenes.path(simulation)[0].step
    with reading.recording():
        place = scenes.place(simulation)
        told = map_of_location(reading, root.first.location or "", root.earliest)
    return Map(told.location, place.ground.picture, told.osm, told.origin, place.actors)


def map_of_location(reading: Reading, location: str, began: int = 0) -> Map:
    """Return a location, whether or not a simulation is there.

    Args:
        reading: the run.
        location: its name.
        began: number of the call from which on it is used: what was known then is preferred.
    """
    with reading.recording() as recording:
        answers = LocationAnswers(recording, LenientBodies(recording))
        read = list(answers.read(location, answers.known(location, began)))
    return Map(location, *_told(read))


def _told(
    answers: Sequence[LocationAnswer],
) -> tuple[Picture | None, str | None, tuple[float, float] | None, Sequence[ScenarioActor]]:
    """Return of each thing what the first answer tells that tells any."""
    return (
        next(filter(None, (answer.picture() for answer in answers)), None),
        next(filter(None, (answer.osm_map for answer in answers)), None),
        next(filter(None, (answer.origin for answer in answers)), None),
        next(filter(None, (answer.actors for answer in answers)), ()),
    )
