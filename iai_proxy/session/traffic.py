"""Counts what passes, for whoever watches a proxy run."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

#: Rates and latencies are of the calls of this last time.
_WINDOW_S: Final = 5.0
#: Most calls that are remembered for it.
_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class TrafficNow:
    """What has passed by now.

    Attributes:
        calls: how many calls for the API have ended, also those without success.
        failed: how many of them had no answer, or another status than 2xx.
        body_bytes: of requests and answers.
        per_second: calls a second, lately.
        latency_ms: median of the last calls; None if there were none lately.
        steps: the last step of each simulation, by its number, as far as that is known.
        remarks: what else counts, such as ``2 misses``.
    """

    calls: int
    failed: int
    body_bytes: int
    per_second: float
    latency_ms: float | None
    steps: Mapping[int, int]
    remarks: str


class Traffic:
    """Counts calls.

    Args:
        clock: gives seconds that only go on.

    Attributes:
        steps: gives the last step of each simulation by its number.
        remarks: gives what else counts.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._begun = clock()
        self._calls = self._failed = self._bytes = 0
        self._lately: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self.steps: Callable[[], Mapping[int, int]] = dict
        self.remarks: Callable[[], str] = str

    def count(self, body_bytes: int, took_ms: float, *, failed: bool) -> None:
        """Count a call for the API that has ended. May be called on any thread.

        Args:
            body_bytes: of its request and its answer.
            took_ms: from the first byte of the request on.
            failed: it had no answer, or another status than 2xx.
        """
        with self._lock:
            self._calls += 1
            self._failed += failed
            self._bytes += body_bytes
            self._lately.append((self._clock(), max(took_ms, 0.0)))

    def now(self) -> TrafficNow:
        """Return the counts. May be called on any thread."""
        now = self._clock()
        lately = [took_ms for at, took_ms in tuple(self._lately) if now - at <= _WINDOW_S]
        window_s = min(_WINDOW_S, max(now - self._begun, 1.0))
        median_ms = sorted(lately)[len(lately) // 2] if lately else None
        return TrafficNow(
            calls=self._calls,
            failed=self._failed,
            body_bytes=self._bytes,
            per_second=len(lately) / window_s,
            latency_ms=median_ms,
            steps=self.steps(),
            remarks=self.remarks(),
        )
