"""What replay has decided, as replies with the recorded bodies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from iai_proxy.api import Endpoint, Headers, LazyBody
from iai_proxy.player.maps import drive_picture, map_answer
from iai_proxy.player.responses import assembled_answer, recorded_reply, replayed
from iai_proxy.recordings import Recording
from iai_proxy.replay import Assemble, IncomingRequest, Serve
from iai_proxy.session.replies import Reply


class RecordedAnswers:
    """Makes replies. Not to be used by two threads at once.

    Args:
        recording: holds the bodies.

    Attributes:
        pictures: what is to be said of pictures that were cut out of recorded ones, and how often.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.pictures: Counter[str] = Counter()

    def served(self, decision: Serve, request: IncomingRequest, asked: Headers) -> Reply:
        """Return a recorded answer.

        Args:
            decision: which it is.
            request: what it answers.
            asked: headers of the request.

        Raises:
            InputError: the answer is damaged.
        """
        if decision.among:
            found = map_answer(self._recording, decision.among, request.target, request.ignored)
            if found:
                self._note_picture(found.notice)
                return replayed(found.response, found.number, decision.level, asked)
        return recorded_reply(self._recording, decision, asked, head=request.method == "HEAD")

    def assembled(self, decision: Assemble, request: IncomingRequest, asked: Headers) -> Reply:
        """Return the answer of a recorded step for the agents of a request; see :meth:`served`."""
        number = decision.numbers[0]
        recorded = assembled_answer(self._recording, decision)
        if request.endpoint is Endpoint.DRIVE and request.value.get("get_birdview"):
            recorded, notice = drive_picture(
                recorded, number, request.value, self._requested(number), request.ignored
            )
            self._note_picture(notice)
        return replayed(recorded, number, decision.level, asked)

    def took_s(self, decision: Serve | Assemble) -> float:
        """Return how long the recorded call took, of several the slowest, in seconds."""
        if isinstance(decision, Assemble):
            numbers = decision.numbers
        else:
            numbers = () if decision.number is None else (decision.number,)
        calls = map(self._recording.call, numbers)
        return max((call.duration_ms / 1000 for call in calls), default=0.0)

    def _requested(self, number: int) -> Mapping[str, Any]:
        return LazyBody.of(self._recording.body(self._recording.call(number).request_hash))

    def _note_picture(self, notice: str | None) -> None:
        if notice:
            self.pictures[notice] += 1
