"""The order of the levels: which recorded exchange answers a request.

Each level is a function of the request and of the clients' progress. It answers, or says why it
can't (a :class:`Miss`), or has nothing to say (None). The first answer counts; if there is none,
the most helpful miss does. Deciding changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from iai_proxy.api import Endpoint
from iai_proxy.replay import misses
from iai_proxy.replay.decisions import Assemble, Decision, Miss
from iai_proxy.replay.field_comparison import FieldComparison
from iai_proxy.replay.key_index import KEYED_LEVELS, KeyIndex
from iai_proxy.replay.keyed_levels import KeyedLevels
from iai_proxy.replay.progress import Progress
from iai_proxy.replay.readable import query_seed_fault, seed_fault
from iai_proxy.replay.recorded_maps import RecordedMaps
from iai_proxy.replay.recorded_steps import RecordedSteps
from iai_proxy.replay.request import IncomingRequest
from iai_proxy.replay.step_levels import StepLevels
from iai_proxy.replay.tolerance import Tolerance

#: The levels of ``--match``, the strictest first.
LEVELS: Final = ("exact", "seedless", "step", "nearest")

Level = Callable[[IncomingRequest, Progress], Decision | None]


@dataclass(frozen=True, slots=True)
class MatchRules:
    """What counts as the same request.

    Attributes:
        match: the loosest level allowed, one of :data:`LEVELS`.
        ignored: fields that make no difference from level ``seedless`` on.
        tolerance: how far a state may be from the recorded one (m, rad, m/s). None for not at all
            at level ``step``, and for any distance at ``nearest``.
        until_step: the last step that is answered from the recording; None for all.
    """

    match: str
    ignored: frozenset[str]
    tolerance: float | None = None
    until_step: int | None = None

    def allows(self, level: str) -> bool:
        """Whether a level is allowed."""
        return LEVELS.index(level) <= LEVELS.index(self.match)


class Levels:
    """The levels that the rules allow.

    Args:
        index: the recorded exchanges.
        rules: what counts as the same request.
        steps: returns the recording's steps. Called when they are first needed.
        requests: returns a recorded request's JSON value by the number of its exchange.
        answers: returns a recorded answer's JSON value likewise.
    """

    def __init__(
        self,
        index: KeyIndex,
        rules: MatchRules,
        steps: Callable[[], RecordedSteps],
        requests: Callable[[int], Mapping[str, Any]],
        answers: Callable[[int], Mapping[str, Any]],
    ) -> None:
        self._index = index
        self._rules = rules
        tolerance = Tolerance(rules.tolerance)
        fields = FieldComparison(requests, rules.ignored, answers, tolerance.exact)
        self._stepwise = stepwise = StepLevels(steps, fields, tolerance, rules.until_step)
        maps = RecordedMaps(index.map_targets, answers)
        keyed = KeyedLevels(index, steps, stepwise if rules.allows("step") else None, maps)

        #: The levels in order, each with the ``--match`` from which on it is allowed.
        order: tuple[tuple[str, Level], ...] = (
            ("exact", keyed.key_check),
            ("exact", stepwise.live),
            ("exact", keyed.same_bytes),
            ("exact", keyed.exact),
            ("seedless", keyed.seedless),
            ("exact", keyed.location),
            ("step", stepwise.step),
            ("nearest", stepwise.nearest),
        )
        self._order = [level for allowed_from, level in order if rules.allows(allowed_from)]

    def decide(self, request: IncomingRequest, progress: Progress) -> Decision:
        """Return what answers a request, or why nothing does."""
        miss = None
        for level in self._order:
            decision = level(request, progress)
            if isinstance(decision, Miss):
                miss = decision
            elif decision is not None:
                return decision
        return self._miss(request, progress, miss)

    def _miss(self, request: IncomingRequest, progress: Progress, found: Miss | None) -> Miss:
        """Return the most helpful miss; ``found`` is that of the loosest level that had one."""
        return (
            _bad_seed(request)
            or self._looser_key(request, progress)
            or self._only_failed(request)
            or found
            or self._not_recorded(request, progress)
        )

    def _looser_key(self, request: IncomingRequest, progress: Progress) -> Miss | None:
        for level in KEYED_LEVELS:
            if numbers := self._index.same_key(request, level):
                return misses.looser_level(progress.first_unserved(request.client, numbers), level)
        return None

    def _only_failed(self, request: IncomingRequest) -> Miss | None:
        failed = self._index.failed(request)
        return misses.only_failed(failed) if failed else None

    def _not_recorded(self, request: IncomingRequest, progress: Progress) -> Miss:
        if request.endpoint is Endpoint.LOCATION_INFO:
            return misses.other_location_info(request.location, self._index.locations)
        same_endpoint = self._index.of_endpoint(request.endpoint)
        if not same_endpoint:
            return misses.unknown_endpoint(request.endpoint, request.method, request.target)
        if not self._rules.allows("step"):
            step = self._stepwise.step(request, progress)
            if isinstance(step, Assemble):
                return misses.looser_level(step.numbers[0], "step")
        return misses.unknown_request(progress.first_unserved(request.client, same_endpoint))


def _bad_seed(request: IncomingRequest) -> Miss | None:
    """No level takes a request whose seed is no number, unless it was recorded just so."""
    fault = seed_fault(request.value) or query_seed_fault(request.target)
    return misses.unreadable(request.endpoint, fault) if fault else None
