"""Check 300, calls-retried."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iai_proxy.api import Call
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.calls.repeated_calls import attempts
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import grouped


class CallsRetried(Check):
    """Calls had to be made several times.

    Why: it costs time: the SDK waits 1 s, 2 s, 4 s … between attempts, silently, for ever. The
    network or the service has a fault, or the key does not allow that many calls. The value is the
    time lost in ms.

    Example: the service answers 503 while it starts a machine, or 429 when there are too many
    calls.

    Fix: nothing in the client. If it goes on, ask support@inverted.ai, and mention the status and
    the time.
    """

    code = 300
    name = "calls-retried"
    severity = Severity.INFO
    help = "If it goes on, tell the service's support the status and the time."
    unit = "ms"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report the failed attempts of a step."""
        if view.attempts:
            lost = _lost_ms(view.attempts, view.calls)
            yield self.finding(view, _message(view.attempts, lost), (), lost)

    def end(self) -> Iterable[Finding]:
        """Report those of calls that belong to no step."""
        for call, failed in attempts(self.run.calls).items():
            lost = _lost_ms(failed, [call])
            message = f"{call.endpoint} #{call.id}: {_message(failed, lost)}"
            yield self.run_finding(message, lost)


def _message(failed: Sequence[Call], lost_ms: float) -> str:
    reasons = {str(call.status) if call.failure is None else "no answer" for call in failed}
    times = "once" if len(failed) == 1 else f"{len(failed)} times"
    before = f"the call failed {times} ({', '.join(sorted(reasons))}) before it succeeded"
    return f"{before}: {grouped(lost_ms)} ms lost"


def _lost_ms(failed: Sequence[Call], calls: Sequence[Call]) -> float:
    """Return how long after its first attempt the most delayed of some calls began."""
    first: dict[bytes | None, int] = {}
    for call in failed:
        first[call.request_hash] = min(
            first.get(call.request_hash, call.started_ns), call.started_ns
        )
    delays = [call.started_ns - first.get(call.request_hash, call.started_ns) for call in calls]
    return max(delays, default=0) / 1e6
