"""Check 302, latency-outliers."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from iai_proxy.api import FROM_LOG
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.wording import grouped

#: With fewer calls of an endpoint the median says little.
_LEAST_CALLS: Final = 20
#: An outlier takes longer than this many times the median ...
_TIMES: Final = 5.0
#: ... and this much longer than the median.
_LONGER_MS: Final = 1000.0


class LatencyOutliers(Check):
    """Some calls took far longer than the others to the same endpoint.

    Why: the program had to wait. First calls may start a machine; others show that the network or
    the service is under load. The value is the longest time in ms. Calls are reported that took
    over five times the median, and over a second longer, where there are 20 or more. Those of a
    debug log are not: its clock may have been set, and the C++ SDK's is a second off at times.

    Example: one of 200 calls of ``drive`` takes 8 s, the others 0.3 s.

    Fix: leave out the first call when you measure; for large scenes lower
    ``single_call_agent_limit``.
    """

    code = 302
    name = "latency-outliers"
    severity = Severity.INFO
    help = "Leave such calls out when you measure; if there are many, check the network first."
    unit = "ms"

    def end(self) -> Iterable[Finding]:
        """Compare calls with the median of their endpoint."""
        durations: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        for call in self.run.calls:
            if call.succeeded and call.connection != FROM_LOG:
                durations[call.endpoint].append((call.duration_ms, call.id))
        for endpoint, timed in durations.items():
            if len(timed) < _LEAST_CALLS:
                continue
            median = statistics.median(duration for duration, _ in timed)
            limit = max(_TIMES * median, median + _LONGER_MS)
            slow = [(duration, number) for duration, number in timed if duration > limit]
            if slow:
                longest, slowest = max(slow)
                count = f"{len(slow)} of {len(timed)} calls of {endpoint}"
                message = f"{count} took far longer than the median of {grouped(median)} ms"
                message += f"; the longest, #{slowest}, {grouped(longest)} ms"
                yield self.run_finding(message, longest)
