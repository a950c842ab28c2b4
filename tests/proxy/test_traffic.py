"""Counting what passes."""

from __future__ import annotations

import pytest
from mitmproxy import flow as flows
from mitmproxy import http
from mitmproxy.test import tflow

from iai_proxy.proxy.traffic import Traffic


class FakeClock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def call(status: int | None, host: str = "api.inverted.ai") -> http.HTTPFlow:
    """A call for the API; without a status it has no answer."""
    flow = tflow.tflow(req=http.Request.make("POST", f"https://{host}/drive", b"12345"))
    if status is None:
        flow.error = flows.Error("gone")
    else:
        flow.response = http.Response.make(status, b"1234567890")
    return flow


def counted(*calls: http.HTTPFlow) -> Traffic:
    traffic = Traffic(FakeClock())
    for flow in calls:
        traffic.response(flow) if flow.response else traffic.error(flow)
    return traffic


def test_calls_bytes_and_failures_are_counted() -> None:
    now = counted(call(200), call(422), call(None)).now()
    assert (now.calls, now.failed, now.body_bytes) == (3, 2, 5 * 3 + 10 * 2)


def test_other_hosts_do_not_count() -> None:
    assert counted(call(200, "example.org")).now().calls == 0


def test_a_call_that_breaks_off_after_its_answer_counts_once() -> None:
    traffic, flow = Traffic(FakeClock()), call(200)
    traffic.response(flow)
    traffic.error(flow)
    assert traffic.now().calls == 1


def test_rate_and_latency_are_those_of_the_last_five_seconds() -> None:
    clock = FakeClock()
    traffic = Traffic(clock)
    clock.seconds += 60
    for _ in range(10):
        traffic.response(call(200))
    clock.seconds += 4
    now = traffic.now()
    assert now.per_second == pytest.approx(10 / 5)
    assert now.latency_ms is not None
    clock.seconds += 4
    now = traffic.now()
    assert (now.calls, now.per_second, now.latency_ms) == (10, 0.0, None)
