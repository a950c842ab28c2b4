"""The levels that compare keys, and the choice among exchanges with the same key."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iai_proxy.api import Endpoint
from iai_proxy.api.picture_frames import WantedFrame
from iai_proxy.replay import misses
from iai_proxy.replay.decisions import Assemble, Miss, Serve
from iai_proxy.replay.key_index import KeyIndex
from iai_proxy.replay.progress import Progress
from iai_proxy.replay.readable import query_fault, query_seed_fault, seed_fault
from iai_proxy.replay.recorded_maps import (
    SOURCE,
    RecordedMaps,
    asks_for_source,
    left_to_api,
    wanted_frame,
)
from iai_proxy.replay.recorded_steps import RecordedPart, RecordedSteps
from iai_proxy.replay.request import IncomingRequest
from iai_proxy.replay.step_levels import StepLevels


class KeyedLevels:
    """Answers requests that equal a recorded one.

    Args:
        index: the recorded exchanges.
        steps: returns the recording's steps.
        stepwise: the levels that know the steps, for forks that were recorded in another order;
            None if they are not allowed.
        maps: the recorded answers to ``location_info``.
    """

    def __init__(
        self,
        index: KeyIndex,
        steps: Callable[[], RecordedSteps],
        stepwise: StepLevels | None,
        maps: RecordedMaps,
    ) -> None:
        self._index = index
        self._steps = steps
        self._stepwise = stepwise
        self._maps = maps

    def key_check(self, request: IncomingRequest, progress: Progress) -> Serve | None:
        """Grant every key: offline there is no one to ask."""
        if request.endpoint is not Endpoint.KEY_CHECK:
            return None
        granted = self._index.key_checks
        number = progress.first_unserved(request.client, granted) if granted else None
        return Serve(number, "key-check")

    def same_bytes(self, request: IncomingRequest, progress: Progress) -> Serve | None:
        """Answer a request with the very same bytes. Parses nothing.

        They are hashed only if that is likely to help: the next level finds such a request as well.
        Where it would first have to make keys, it is left to it to choose among several.
        """
        is_drive = request.endpoint is Endpoint.DRIVE
        if is_drive and not progress.expects_same_bytes(request.client):
            return None
        numbers = self._index.same_bytes(request)
        if not numbers or not self._is_certain(request, progress, numbers):
            return None
        return Serve(self._pick(request, progress, numbers), "exact")

    def exact(self, request: IncomingRequest, progress: Progress) -> Serve | None:
        """Answer the same request after canonical JSON."""
        numbers = self._index.same_key(request, "exact")
        return Serve(self._pick(request, progress, numbers), "exact") if numbers else None

    def seedless(self, request: IncomingRequest, progress: Progress) -> Serve | Assemble | None:
        """Answer the same request without the ignored fields."""
        numbers = self._index.same_key(request, "seedless")
        if not numbers or seed_fault(request.value) or query_seed_fault(request.target):
            return None
        number = self._pick(request, progress, numbers)
        if self._stepwise and self._is_served_fork(request, progress, number):
            # A fork may have been recorded in another order or partition of its agents.
            fork = self._stepwise.step(request, progress)
            if isinstance(fork, Assemble) and not set(fork.used) & set(numbers):
                return fork
        return Serve(number, "seedless")

    def location(self, request: IncomingRequest, progress: Progress) -> Serve | Miss | None:
        """Answer ``location_info`` with any answer for the same location that shows what is asked.

        A picture of another frame can be cut out of a recorded one, if that shows some of it.
        """
        if request.endpoint is not Endpoint.LOCATION_INFO:
            return None
        numbers = self._index.of_location(request.location)
        if not numbers:
            return None
        if fault := query_fault(request.target):
            return misses.unreadable(request.endpoint, fault)
        first = progress.first_unserved(request.client, numbers)
        others = tuple(number for number in numbers if number != first)
        return self._lacking(request, (first, *others)) or Serve(
            first, "location", (first, *others)
        )

    def _is_certain(
        self, request: IncomingRequest, progress: Progress, numbers: Sequence[int]
    ) -> bool:
        """Whether it can be said without keys which exchange of the same bytes answers."""
        if not self._index.lacks_keys(request.endpoint):
            return True
        return len(numbers) == 1 and not progress.was_served(request.client, numbers[0])

    def _lacking(self, request: IncomingRequest, numbers: Sequence[int]) -> Miss | None:
        """Say what none of these answers to ``location_info`` has."""
        maps = self._maps.of(numbers)
        if asks_for_source(request.target) and SOURCE not in request.ignored:
            if not any(found.has_source for found in maps):
                return misses.no_map_source(request.location, numbers[0])
            maps_with_source = [found for found in maps if found.has_source]
        else:
            maps_with_source = maps
        if left := left_to_api(request.target, request.ignored, maps):
            frames = [found.shown for found in maps if found.shown]
            return misses.left_to_api(request.location, left, frames, numbers[0])
        wanted = wanted_frame(WantedFrame.of(request.target, request.ignored), maps)
        shown = [found.shown for found in maps_with_source if found.shown]
        if wanted is None or not shown or any(map(wanted.overlap, shown)):
            return None
        return misses.other_place(request.location, wanted, shown, numbers[0])

    def _pick(self, request: IncomingRequest, progress: Progress, numbers: Sequence[int]) -> int:
        """Choose among equal requests: each once in recorded order, then the last again."""
        if len(numbers) == 1:
            return numbers[0]
        if request.endpoint is Endpoint.INITIALIZE:
            # A client that starts over gets the first one again.
            return progress.least_served(request.client, numbers)
        if request.endpoint is Endpoint.DRIVE:
            refusal = progress.next_refusal(request.client, numbers)
            if refusal is not None:
                return refusal
            parts = self._begun_parts(request, progress, numbers)
            if parts:
                return _pick_part(request, progress, parts)
        return progress.first_unserved(request.client, numbers)

    def _begun_parts(
        self, request: IncomingRequest, progress: Progress, numbers: Sequence[int]
    ) -> list[RecordedPart]:
        """Return the exchanges that go on with what was served, to the client if it is known."""
        parts = []
        for number in numbers:
            part = self._steps().part(number)
            if part is None or part.step.parent is None:
                continue
            if progress.playbacks.has_reached(request.client, part.simulation, part.step.parent):
                parts.append(part)
        return parts

    def _is_served_fork(self, request: IncomingRequest, progress: Progress, number: int) -> bool:
        """Whether a step with alternatives has been served to the client, for these agents."""
        if request.endpoint is not Endpoint.DRIVE:
            return False
        part = self._steps().part(number)
        if part is None or part.step.parent is None or len(part.step.parent.children) <= 1:
            return False
        parent, first = part.step.parent, part.agents[:1]
        alternatives = [step for step in parent.children if set(first) <= set(step.agents)]
        playback = progress.playbacks.at(
            request.client,
            part.simulation,
            parent,
            lambda found: any(found.is_unserved(step, part.agents) for step in alternatives),
        )
        return not playback.is_unserved(part.step, part.agents)


def _pick_part(request: IncomingRequest, progress: Progress, parts: Sequence[RecordedPart]) -> int:
    """Choose by the client's way through the simulations that the exchanges belong to."""

    def rank(part: RecordedPart) -> tuple[bool, bool, int]:
        parent = part.step.parent or part.step
        siblings = [sibling for sibling in parts if sibling.step.parent is parent]
        playback = progress.playbacks.at(
            request.client,
            part.simulation,
            parent,
            lambda found: any(found.is_unserved(item.step, item.agents) for item in siblings),
        )
        begun, is_latest = progress.playbacks.preference(request.client, part.simulation, parent)
        return playback.is_unserved(part.step, part.agents), is_latest, begun

    ranks = {part.number: rank(part) for part in parts}
    best = max(ranks.values())
    equal = [number for number, found in ranks.items() if found == best]
    is_unserved, _, _ = best
    return min(equal) if is_unserved else max(equal)  # all have been served: the last one repeats
