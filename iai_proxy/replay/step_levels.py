"""The levels that know the steps: the recorded step that a request is, or the nearest one."""

from __future__ import annotations

from collections.abc import Callable

from iai_proxy.api import Endpoint
from iai_proxy.replay.decisions import Assemble, Miss
from iai_proxy.replay.field_rules import FieldComparison
from iai_proxy.replay.match_drive import DriveMatcher
from iai_proxy.replay.match_initialize import InitializeMatcher
from iai_proxy.replay.progress import Progress
from iai_proxy.replay.recorded_steps import RecordedSteps
from iai_proxy.replay.request import IncomingRequest
from iai_proxy.replay.tolerance import Tolerance


class StepLevels:
    """Answers ``initialize`` and ``drive`` by lineage. Arguments as for ``DriveMatcher``."""

    def __init__(
        self, steps: Callable[[], RecordedSteps], fields: FieldComparison, tolerance: Tolerance
    ) -> None:
        self._steps = steps
        self._matchers: dict[Endpoint, InitializeMatcher | DriveMatcher] = {
            Endpoint.INITIALIZE: InitializeMatcher(steps, fields, tolerance),
            Endpoint.DRIVE: DriveMatcher(steps, fields, tolerance),
        }

    def rearranged(self, request: IncomingRequest, progress: Progress) -> Assemble | Miss | None:
        """Answer a ``drive`` whose agents were never sent in this order and number.

        It can't equal a recorded request, and the keys that would show that cost as much as the
        answer.
        """
        if request.endpoint is not Endpoint.DRIVE or self._steps().were_sent(
            request.observation.sent
        ):
            return None
        return self.step(request, progress)

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
