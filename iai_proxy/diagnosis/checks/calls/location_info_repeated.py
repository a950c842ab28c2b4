"""Check 321, location-info-repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from iai_proxy.api import Endpoint
from iai_proxy.diagnosis.check import Check, Finding, Severity

_ALLOWED: Final = 3


class LocationInfoRepeated(Check):
    """The same location's information is fetched again and again.

    Why: it never changes within a run, and with the map it is the largest answer of all. The value
    is the number of calls. Three are allowed: the SDK's own ``LogWriter``, ``LogReader`` and
    ``visualize`` fetch it too.

    Example: ``iai.location_info(location=location)`` in the loop, to draw each step.

    Fix: fetch it once and keep it.
    """

    code = 321
    name = "location-info-repeated"
    severity = Severity.INFO
    help = "Fetch location_info once and keep it."
    unit = "call"

    def end(self) -> Iterable[Finding]:
        """Count equal requests of the client; the proxy makes some itself for /regions."""
        fetched = Counter(
            call.target
            for call in self.run.calls
            if call.endpoint is Endpoint.LOCATION_INFO and call.succeeded and not call.large
        )
        for target, count in fetched.items():
            if count > _ALLOWED:
                yield self.run_finding(f"{target} was fetched {count} times", count)
