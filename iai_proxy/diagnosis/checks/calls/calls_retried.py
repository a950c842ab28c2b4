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

    Why: it costs time: the SDK waits 1 s, 2 s, 4 s … between attempts, silently, for ever. A fault
        of the network, of
    the service, or calls made faster than the key allows. The value is the time lost in ms.

    Example: the service answers 503 while it starts a machine, or 429 when there are too many
        calls.

    Fix: nothing in the client; if it goes on, ask support@inverted.ai, and mention the status and
        the time.
    """

    code = 300
    name = "calls-retried"
    severity = Severity.INFO
    help = "If it goes on, tell the service's support the status and the time."
    unit = "ms"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report the attempts that came before a step's success."""
        if view.attempts:
            said, lost = _told(view.attempts, view.calls)
            yield self.finding(view, said, (), lost)

    def end(self) -> Iterable[Finding]:
        """Report those of calls that are part of no step."""
        for call, failed in attempts(self.run.calls).items():
            said, lost = _told(failed, [call])
            yield Finding(self.code, 0, 0, (), lost, f"{call.endpoint} #{call.id}: {said}")


def _told(failed: Sequence[Call], calls: Sequence[Call]) -> tuple[str, float]:
    """Say how often calls failed, and for how long, in ms, the one that took longest did."""
    begun: dict[bytes | None, int] = {}
    for call in failed:
        begun[call.request_hash] = min(
            begun.get(call.request_hash, call.started_ns), call.started_ns
        )
    lost = (
        max(
            (call.started_ns - begun.get(call.request_hash, call.started_ns) for call in calls),
            default=0,
        )
        / 1e6
    )
    why = sorted({str(call.status) if call.failure is None else "no answer" for call in failed})
    times = "once" if len(failed) == 1 else f"{len(failed)} times"
    return (
        f"the call failed {times} ({', '.join(why)}) before it succeeded: {grouped(lost)} ms lost",
        lost,
    )
