"""Matches an ``initialize`` with a recorded one: same location, region and agents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from iai_proxy.lineage import Observation
from iai_proxy.replay import misses
from iai_proxy.replay.compare import largest_difference
from iai_proxy.replay.decisions import Assemble, Miss
from iai_proxy.replay.field_comparison import FieldComparison, Pairs
from iai_proxy.replay.progress import Progress
from iai_proxy.replay.recorded_steps import RecordedSteps
from iai_proxy.replay.request import IncomingRequest
from iai_proxy.replay.tolerance import Tolerance


class InitializeMatcher:
    """Matches by what is asked for. Arguments as for ``DriveMatcher``."""

    def __init__(
        self, steps: Callable[[], RecordedSteps], fields: FieldComparison, tolerance: Tolerance
    ) -> None:
        self._steps = steps
        self._fields = fields
        self._tolerance = tolerance

    def match(
        self, request: IncomingRequest, progress: Progress, level: str
    ) -> Assemble | Miss | None:
        """Answer at level ``step`` or ``nearest``, or say why not; None if none is recorded."""
        observation = request.observation
        recorded = self._steps().initializes
        is_anywhere = "location" in self._fields.ignored
        here = [
            found for found in recorded if is_anywhere or found.location == observation.location
        ]
        if not here:
            return misses.other_location(observation, recorded)
        alike = [found for found in here if self._is_alike(observation, found)]
        if not alike:
            return _other_agents(observation, here)

        differences = {
            found.call.id: self._fields.with_call(
                request, found.call.id, self._described(request, found), level
            )
            for found in alike
        }
        alike = [found for found in alike if not differences[found.call.id]]
        if not alike:
            number = min(differences, key=lambda number: len(differences[number]))
            return self._fields.miss(request, "an initialize", differences[number], number)
        return self._closest(request, progress, alike, level)

    def _described(self, request: IncomingRequest, recorded: Observation) -> Pairs:
        """Pair the agents that either of two requests says anything of, at most.

        How many agents a request asks for is a number that it may have made up.
        """
        bodies = request.value, self._fields.requests(recorded.call.id)
        lists = [
            member
            for body in bodies
            if isinstance(body, Mapping)
            for member in body.values()
            if isinstance(member, list)
        ]
        count = min(request.observation.agent_count, max(map(len, lists), default=0))
        return [(index, index) for index in range(count)]

    def _is_alike(self, request: Observation, recorded: Observation) -> bool:
        is_same_place = (
            request.center == recorded.center or "location_of_interest" in self._fields.ignored
        )
        return (
            is_same_place
            and request.agent_count == recorded.agent_count
            and len(request.sent) == len(recorded.sent)
        )

    def _closest(
        self,
        request: IncomingRequest,
        progress: Progress,
        alike: Sequence[Observation],
        level: str,
    ) -> Assemble | Miss:
        """Take those with the closest given states, in recorded order."""
        distances = {found.call.id: _apart(request.observation, found) for found in alike}
        least = min(distances.values())
        closest = [number for number, distance in distances.items() if distance == least]
        is_ignored = "states_history" in self._fields.ignored
        if least > self._tolerance.at(level) and not is_ignored:
            return misses.other_initial_states(closest[0], self._tolerance.accepting(least, level))
        # A client that starts over gets the first one again.
        number = progress.least_served(request.client, closest)
        part = self._steps().part(number)
        return Assemble((number,), (), part.step if part else None, level, as_recorded=True)


def _other_agents(request: Observation, here: Sequence[Observation]) -> Miss:
    if request.center is not None:
        there = [found for found in here if found.center == request.center]
        if not there:
            return misses.other_region(request, request.center, here)
        if all(found.agent_count != request.agent_count for found in there):
            return misses.other_number_in_region(request, request.center, there)
    nearest = min(here, key=lambda found: abs(found.agent_count - request.agent_count)).call.id
    counts = {found.agent_count for found in here}
    if request.agent_count in counts:
        return misses.other_initialize(nearest)
    return misses.other_number_of_agents(request, counts, nearest)


def _apart(request: Observation, recorded: Observation) -> float:
    """Return how far the given states are apart (m, rad, m/s)."""
    return max(
        (
            largest_difference(request.sent.state(index), recorded.sent.state(index))
            for index in range(len(request.sent))
        ),
        default=0.0,
    )
