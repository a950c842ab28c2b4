"""Counting what passes."""

from __future__ import annotations

import pytest

from iai_proxy.session.traffic import Traffic


class FakeClock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_rate_and_latency_are_those_of_the_last_five_seconds() -> None:
    clock = FakeClock()
    traffic = Traffic(clock)
    clock.seconds += 60
    for _ in range(10):
        traffic.count(15, 2.5, failed=False)
    clock.seconds += 4
    now = traffic.now()
    assert now.per_second == pytest.approx(10 / 5)
    assert now.latency_ms == 2.5
    clock.seconds += 4
    now = traffic.now()
    assert (now.calls, now.per_second, now.latency_ms) == (10, 0.0, None)
