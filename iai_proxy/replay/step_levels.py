"""The levels that know the recorded steps: what a request is by lineage."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from iai_proxy.api import Endpoint
from iai_proxy.api.fields import RECURRENT
from iai_proxy.api.limits import RECURRENT_SIZE
from iai_proxy.replay import misses
from iai_proxy.replay.decisions import Assemble, Live, Miss, Serve
from iai_proxy.replay.field_comparison import FieldComparison
from iai_proxy.replay.match_drive import DriveMatcher
from iai_proxy.replay.match_initialize import InitializeMatcher
from iai_proxy.replay.progress import Progress
from iai_proxy.replay.readable import fault_of
from iai_proxy.replay.recorded_steps import RecordedSteps
from iai_proxy.replay.refusals import Refusals
from iai_proxy.replay.request import IncomingRequest
from iai_proxy.replay.tolerance import Tolerance


class StepLevels:
    """Answers ``initialize`` and ``drive``.

    Args:
        steps: returns the recording's steps.
        fields: compares what is asked for besides agents.
        tolerance: how far states may be from the recorded ones.
        until_step: the last step that is answered from the recording; None for all.
    """

    def __init__(
        self,
        steps: Callable[[], RecordedSteps],
        fields: FieldComparison,
        tolerance: Tolerance,
        until_step: int | None,
    ) -> None:
        self._steps = steps
        self._fields = fields
        self._until_step = until_step
        self._matchers: dict[Endpoint, InitializeMatcher | DriveMatcher] = {
            Endpoint.INITIALIZE: InitializeMatcher(steps, fields, tolerance),
            Endpoint.DRIVE: DriveMatcher(steps, fields, tolerance),
        }

    def live(self, request: IncomingRequest, progress: Progress) -> Live | None:
        """Pass on to the API what is beyond ``until_step``, or continues a live answer."""
        is_hybrid = self._until_step is not None or progress.has_live
        if not is_hybrid or request.endpoint is not Endpoint.DRIVE:
            return None
        continued = self._steps().continued(request.observation)
        if continued is None:
            return Live() if progress.continues_live(request.observation.sent) else None
        is_beyond = self._until_step is not None and continued.parent.index >= self._until_step
        return Live() if is_beyond else None

    def step(self, request: IncomingRequest, progress: Progress) -> Serve | Assemble | Miss | None:
        """Answer with the recorded step that the request is, or as it was refused there."""
        if request.endpoint is Endpoint.DRIVE:
            alike = self._refusals.alike(request.value, request.sent)
            refusal = progress.next_refusal(request.client, alike) if alike else None
            if refusal is not None:
                return Serve(refusal, "step")
        return self._match(request, progress, "step")

    def nearest(self, request: IncomingRequest, progress: Progress) -> Assemble | Miss | None:
        """Answer with the recorded step at the same position, or the closest one."""
        return self._match(request, progress, "nearest")

    def _match(
        self, request: IncomingRequest, progress: Progress, level: str
    ) -> Assemble | Miss | None:
        matcher = self._matchers.get(request.endpoint)
        if matcher is None:
            return None
        if fault := fault_of(request, self._steps().is_answered, self._recurrent_sizes):
            return misses.unreadable(request.endpoint, fault)
        return matcher.match(request, progress, level)

    @cached_property
    def _refusals(self) -> Refusals:
        steps = self._steps()
        return Refusals(steps.refused, steps.drives, self._fields.requests, self._fields.ignored)

    def _recurrent_sizes(self) -> set[int]:
        return self._sizes

    @cached_property
    def _sizes(self) -> set[int]:
        """How many numbers a recurrent state may have: as the SDK knows it, or as recorded."""
        drive = next((found for found in self._steps().drives if found.recurrent_given), None)
        given = self._fields.requests(drive.call.id).get(RECURRENT) if drive else None
        lists = [recurrent for recurrent in given or () if isinstance(recurrent, list)]
        return {RECURRENT_SIZE, *map(len, lists)}
