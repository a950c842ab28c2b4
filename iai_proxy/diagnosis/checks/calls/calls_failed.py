"""Check 301, calls-failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from iai_proxy.api import NOT_LOGGED, Call, Endpoint
from iai_proxy.api.bounds import limiting_flag
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.calls.repeated_calls import attempts
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.wording import grouped
from iai_proxy.text import first_few, plural

#: Failures that do no harm: other requests are not the API's, and the key check is answered 403 for
#: academic keys. What the recorder refused itself does, whatever it was.
_IGNORED: Final = frozenset({Endpoint.OTHER, Endpoint.KEY_CHECK, Endpoint.TEST, Endpoint.REGIONS})

_NAMED: Final = 5


class CallsFailed(Check):
    """Calls failed, and were not repeated successfully.

    Why: the program got an exception instead of an answer, or waited for one in vain. If it goes on
    after that, it goes on with old states. The value is the number of calls; the message says how
    much time they took.

    Example: 401 without a key, 404 for an unknown location, 422 for a request that can't be read. A
    debug log only shows that an answer is missing; the SDK's logger itself loses some if threads
    call at the same time.

    Fix: read the text of the answer: ``iai-proxy call`` shows it. Where there is none, the API
    could not be reached, or the client hung up: ``iai-proxy call`` shows which. Check the network,
    or the client's timeout; without a key, ``--upstream sandbox`` answers instead. A body larger
    than the recorder takes needs a higher ``--max-body`` or ``--max-decoded``.
    """

    code = 301
    name = "calls-failed"
    severity = Severity.WARNING
    help = (
        "If an answer came, `iai-proxy call` shows it (import a debug log first). If none came, "
        "the API could not be reached, or the client hung up: check the network, or the client's "
        "timeout; without a key use --upstream sandbox."
    )
    unit = "call"

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._repeated: set[int] = set()

    def step(self, view: StepView) -> Iterable[Finding]:
        """Note which failed calls succeeded later."""
        self._repeated.update(call.id for call in view.attempts)
        return ()

    def end(self) -> Iterable[Finding]:
        """Report failures by endpoint and reason."""
        for failed in attempts(self.run.calls).values():
            self._repeated.update(call.id for call in failed)
        groups: defaultdict[tuple[Endpoint, str], list[Call]] = defaultdict(list)
        for call in self.run.calls:
            if (
                not call.succeeded
                and (call.endpoint not in _IGNORED or limiting_flag(call.failure))
                and call.id not in self._repeated
            ):
                groups[call.endpoint, _reason(call)].append(call)
        for (endpoint, reason), calls in groups.items():
            yield self.run_finding(self._message(endpoint, reason, calls), len(calls))

    def _message(self, endpoint: Endpoint, reason: str, calls: Sequence[Call]) -> str:
        ids = [call.id for call in calls]
        subject = f"{plural(len(ids), 'call')} of {endpoint}"
        explained = [self.run.reasons[number] for number in ids if number in self.run.reasons]
        where = first_few((f"#{number}" for number in ids), _NAMED)
        where += f" ({explained[0]})" if explained else ""
        if reason == NOT_LOGGED:
            missing = "without an answer in the log: failed, or lost by the SDK's logger"
            return f"{subject} {missing} among threads: {where}"
        lost_ms = sum(call.ended_ns - call.started_ns for call in calls) / 1e6
        return f"{subject} failed with {reason}: {where}; {grouped(lost_ms)} ms lost"


def _reason(call: Call) -> str:
    if call.failure == NOT_LOGGED:
        return NOT_LOGGED
    if flag := limiting_flag(call.failure):
        return f"a body larger than {flag} allows"
    return "no complete answer" if call.failure is not None else f"status {call.status}"
