"""The levels that know the recorded steps: what a request is by lineage."""

from __future__ import annotations

from collections.abc import Callable

from iai_proxy.api import Endpoint
from iai_proxy.replay.decisions import Assemble, Live, Miss
from iai_proxy.replay.field_rules import FieldComparison
from iai_proxy.replay.match_drive import DriveMatcher
from iai_proxy.replay.match_initialize import InitializeMatcher
from iai_proxy.replay.progress import Progress
from iai_proxy.replay.recorded_steps import RecordedSteps
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

    def rearranged(self, request: IncomingRequest, progress: Progress) -> Assemble | Miss | None:
        """Answer a ``drive`` whose agents were never sent in this order and number.

        It can't equal a recorded request, and the keys that would show that cost as much as the
        answer.
        """
        if request.endpoint is not Endpoint.DRIVE:
            return None
        was_sent = self._steps().were_sent(request.observation.sent)
        return None if was_sent else self.step(request, progress)

    def step(self, request: IncomingRequest, progress: Progress) -> Assemble | Miss | None:
        """Answer with the recorded step that the request is."""
        return self._match(request, progress, "step")

    def nearest(self, request: IncomingRequest, progress: Progress) -> Assemble | Miss | None:
        """Answer with the recorded step at the same position, or the closest one."""
        return self._match(request, progress, "nearest")

    def _match(
        self, request: IncomingRequest, progress: Progress, level: str
    ) -> Assemble | Miss | None:
        matcher = self._matchers.get(request.endpoint)
        return matcher.match(request, progress, level) if matcher else None
