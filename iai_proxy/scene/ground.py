"""What is under the agents: a recorded picture of the place, else its lanes, else nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from iai_proxy.api.picture_frames import PictureFrame
from iai_proxy.lineage import JoinedStep
from iai_proxy.logs.scenario import ScenarioActor
from iai_proxy.scene.bodies import LenientBodies
from iai_proxy.scene.lanelets import lanes_of
from iai_proxy.scene.location_answers import (
    LocationAnswer,
    LocationAnswers,
    picture_of,
    pixels_of,
)
from iai_proxy.scene.model import Ground, Picture, Point

#: From how many steps at the beginning a picture is taken if no other is recorded.
_STEPS_WITH_PICTURE: Final = 3
_CENTI: Final = 2  # digits of a share


@dataclass(frozen=True, slots=True)
class Place:
    """Where a simulation is.

    Attributes:
        ground: what is under the agents.
        actors: its static actors.
        left_out: a sentence for each thing that is not drawn since it is too large.
    """

    ground: Ground
    actors: tuple[ScenarioActor, ...]
    left_out: tuple[str, ...] = ()


class Places:
    """The places of a recording's simulations, each worked out once.

    Args:
        answers: to ``location_info``.
        bodies: of the recording.
    """

    def __init__(self, answers: LocationAnswers, bodies: LenientBodies) -> None:
        self._answers = answers
        self._bodies = bodies
        self._found: dict[tuple[int, ...], Place] = {}

    def place_of(
        self, trunk: Sequence[JoinedStep], positions: Callable[[], Sequence[Point]]
    ) -> Place:
        """Return the place of a simulation.

        Args:
            trunk: the steps of its longest branch.
            positions: gives where agents are, as far as they count for the choice of a picture.
        """
        root = trunk[0].step
        location, began = root.first.location or "", min(root.numbers)
        calls = self._answers.known(location, began)
        key = began, *(call.id for call in calls)
        if key not in self._found:
            answers = list(self._answers.read(location, calls))
            picture = _best(answers, positions) or self._picture_of_a_step(trunk, answers)
            ground, fault = (Ground(picture), "") if picture else _lanes(answers)
            actors, cut = _actors(answers)
            self._found[key] = Place(ground, actors, tuple(filter(None, (fault, cut))))
        return self._found[key]

    def _picture_of_a_step(
        self, trunk: Sequence[JoinedStep], answers: Iterable[LocationAnswer]
    ) -> Picture | None:
        """Return a picture that came with an early step, in a frame that is known."""
        first = [joined.step for joined in trunk[:_STEPS_WITH_PICTURE]]
        calls = [step.first.call for step in first if not step.is_large]
        known = list(answers)
        center = next((answer.center for answer in known if answer.center), None)
        fov = next((answer.fov for answer in known if answer.fov), None)
        pairs = zip(calls, self._bodies.requests(calls), self._bodies.answers(calls), strict=True)
        for _, request, answer in pairs:
            frame = _frame_of(request, center, fov)
            location = str(request.get("location"))
            if picture := picture_of(answer.get("birdview"), frame, location):
                return picture
        return None


def _frame_of(
    request: Mapping[str, Any], center: Point | None, fov: float | None
) -> PictureFrame | None:
    """Return the frame of a step's picture; the API chooses what the request leaves to it."""
    asked_center, asked_fov = request.get("rendering_center"), request.get("rendering_fov")
    return PictureFrame.of(asked_center or center, asked_fov or fov)


def _best(
    answers: Iterable[LocationAnswer], positions: Callable[[], Sequence[Point]]
) -> Picture | None:
    """Return the picture that shows most of the agents; of equals the finest."""
    pictures = [picture for answer in answers if (picture := answer.picture())]
    if len(pictures) < 2:
        return pictures[0] if pictures else None
    points = positions()
    return max(pictures, key=lambda picture: (_share(picture, points), _resolution(picture)))


def _share(picture: Picture, points: Sequence[Point]) -> float:
    x, y = picture.center
    half = picture.fov / 2
    inside = sum(abs(px - x) <= half and abs(py - y) <= half for px, py in points)
    return round(inside / max(len(points), 1), _CENTI)


def _resolution(picture: Picture) -> float:
    return (pixels_of(picture.data) or 0) / picture.fov


def _actors(answers: Iterable[LocationAnswer]) -> tuple[tuple[ScenarioActor, ...], str]:
    """Return the static actors, and a sentence about those that are left out."""
    for answer in answers:
        if actors := answer.actors:
            return actors, answer.left_out
    return (), ""


def _lanes(answers: Iterable[LocationAnswer]) -> tuple[Ground, str]:
    """Return the lanes of the first map that has any, and a sentence if none can be drawn."""
    fault = ""
    for answer in answers:
        if answer.osm_map:
            try:
                lanes = lanes_of(answer.osm_map, answer.origin)
            except ValueError as error:
                fault = fault or f"the lanes of the location are not drawn: {error}"
                continue
            if lanes.areas:
                return Ground(borders=lanes.borders, areas=lanes.areas), ""
    return Ground(), fault
