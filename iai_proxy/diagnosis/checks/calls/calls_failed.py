"""Check 301, calls-failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from iai_proxy.api import NOT_LOGGED, Call, Endpoint
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.calls.repeated_calls import attempts
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.wording import grouped

#: Whatever else a client asks for is not the API's. The key check is answered 403 for academic
#: keys.
_ENDPOINTS: Final = frozenset(
    {
        Endpoint.LOCATION_INFO,
        Endpoint.INITIALIZE,
        Endpoint.DRIVE,
        Endpoint.BLAME,
        Endpoint.LIGHT,
        Endpoint.LARGE_INITIALIZE,
        Endpoint.LARGE_DRIVE,
    }
)
_NAMED: Final = 5


class CallsFailed(Check):
    """Calls failed, and were not repeated with success.

    Why: the program got an exception in place of an answer, or waited for one in vain. Where it
        goes on after that,
    it goes on with old states. The value is how many; the time that they took is told.

    Example: 401 without a key, 404 for an unknown location, 422 for a request that can't be read. A
        debug log says only
    that an answer is missing, and the SDK's logger loses some itself where threads call at once.

    Fix: read the answer's text: ``iai-proxy call FILE ID`` shows it.
    """

    code = 301
    name = "calls-failed"
    severity = Severity.WARNING
    help = "Look at the answer: iai-proxy call FILE ID (a debug log has to be imported for that)."
    unit = "call"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._repeated: set[int] = set()

    def step(self, view: StepView) -> Iterable[Finding]:
        """Remember what succeeded later."""
        self._repeated.update(call.id for call in view.attempts)
        return ()

    def end(self) -> Iterable[Finding]:
        """Report failures by endpoint and status; of what a log lacks, the SDK's logger may have lost the answer."""
        self._repeated.update(
            call.id for failed in attempts(self.run.calls).values() for call in failed
        )
        failed: defaultdict[tuple[str, str], list[Call]] = defaultdict(list)
        for call in self.run.calls:
            if call.endpoint in _ENDPOINTS and not call.succeeded and call.id not in self._repeated:
                why = "no whole answer" if call.failure is not None else f"status {call.status}"
                failed[call.endpoint, NOT_LOGGED if call.failure == NOT_LOGGED else why].append(
                    call
                )
        for (endpoint, why), lost in failed.items():
            count, ids = len(lost), [call.id for call in lost]
            calls = f"{count} {'call' if count == 1 else 'calls'} of {endpoint}"
            cost = ""
            if why == NOT_LOGGED:
                said = f"{calls} without an answer in the log: failed, or lost by the SDK's logger among threads"
            else:
                said = f"{calls} failed for good, with {why}"
                cost = f"; {grouped(sum(call.ended_ns - call.started_ns for call in lost) / 1e6)} ms lost"
            reason = next(
                (f" ({self.run.reasons[one]})" for one in ids if one in self.run.reasons), ""
            )
            yield Finding(self.code, 0, 0, (), float(count), f"{said}: {_named(ids)}{reason}{cost}")


def _named(ids: Sequence[int]) -> str:
    return " ".join(f"#{one}" for one in ids[:_NAMED]) + (" …" if len(ids) > _NAMED else "")
