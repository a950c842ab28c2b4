"""Check 302, latency-outliers."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.wording import grouped

_ENOUGH: Final = 20
_TIMES: Final = 5.0
_MORE_MS: Final = 1000.0


class LatencyOutliers(Check):
    """Some calls took far longer than the others to the same endpoint.

    Why: the program stood still meanwhile. First calls start a machine; others show a network or
        service under load.
    The value is the longest in ms. Reported are calls over five times the median, and a second over
    it, where there are twenty or more.

    Example: one of 200 calls of ``drive`` takes 8 s, the others 0.3 s.

    Fix: leave out the first call when you measure; for large scenes lower
        ``single_call_agent_limit``.
    """

    code = 302
    name = "latency-outliers"
    severity = Severity.INFO
    help = "Leave such calls out when you measure; if they are many, look at the network first."
    unit = "ms"

    def end(self) -> Iterable[Finding]:
        """Compare calls with the median of their endpoint."""
        durations: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        for call in self.run.calls:
            if call.succeeded:
                durations[call.endpoint].append((call.duration_ms, call.id))
        for endpoint, each in durations.items():
            if len(each) < _ENOUGH:
                continue
            middle = statistics.median(duration for duration, _ in each)
            slow = [one for one in each if one[0] > max(_TIMES * middle, middle + _MORE_MS)]
            if slow:
                worst, slowest = max(slow)
                said = f"{len(slow)} of {len(each)} calls of {endpoint} took far longer than the median of"
                rest = f"{grouped(middle)} ms; the longest, #{slowest}, {grouped(worst)} ms"
                yield Finding(self.code, 0, 0, (), worst, f"{said} {rest}")
