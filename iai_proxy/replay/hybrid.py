"""Requests that are for the API itself although the recording is replayed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from iai_proxy.api import Endpoint
from iai_proxy.replay.decisions import Live
from iai_proxy.replay.progress import Progress
from iai_proxy.replay.recorded_steps import RecordedSteps
from iai_proxy.replay.request import IncomingRequest


@dataclass(frozen=True, slots=True)
class Hybrid:
    """Passes requests on to the API.

    Attributes:
        steps: returns the recording's steps.
        until_step: the last step that is answered from the recording; None for all.
    """

    steps: Callable[[], RecordedSteps]
    until_step: int | None

    def live(self, request: IncomingRequest, progress: Progress) -> Live | None:
        """Pass on what is beyond ``until_step``, or continues an answer of the API itself."""
        is_hybrid = self.until_step is not None or progress.has_live
        if not is_hybrid or request.endpoint is not Endpoint.DRIVE:
            return None
        continued = self.steps().continued(request.observation)
        if continued is None:
            return Live() if progress.continues_live(request.observation.sent) else None
        is_beyond = self.until_step is not None and continued.parent.index >= self.until_step
        return Live() if is_beyond else None
