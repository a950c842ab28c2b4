"""Check 300, calls-retried."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.checks.model import Check, Finding, Severity, StepView
from iai_proxy.checks.values import grouped


class CallsRetried(Check):
    """Calls had to be made several times.

    Why: it costs time: the SDK waits 1 s, 2 s, 4 s … between attempts, silently, for ever. A fault of the network, of
    the service, or calls made faster than the key allows. The value is the time lost in ms.

    Example: the service answers 503 while it starts a machine, or 429 when there are too many calls.

    Mend: nothing in the client; if it goes on, ask support@inverted.ai, and mention the status and the time.
    """

    code = 300
    name = "calls-retried"
    severity = Severity.INFO
    help = "If it goes on, tell the service's support the status and the time."
    unit = "ms"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report the attempts that came before a step's success."""
        if not view.attempts:
            return
        begun = min(call.started_ns for call in view.attempts)
        done = min((call.started_ns for call in view.calls if call.started_ns > begun), default=begun)
        lost = (done - begun) / 1e6
        why = sorted({str(call.status) if call.failure is None else "no answer" for call in view.attempts})
        count = len(view.attempts)
        times = "once" if count == 1 else f"{count} times"
        said = f"the call failed {times} ({', '.join(why)}) before it succeeded: {grouped(lost)} ms lost"
        yield self.finding(view, said, (), lost)
