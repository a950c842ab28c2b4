"""Counting what passes through mitmproxy."""

from __future__ import annotations

from mitmproxy import flow as flows
from mitmproxy import http
from mitmproxy.test import tflow

from iai_proxy.proxy.flow_traffic import FlowTraffic
from iai_proxy.session.traffic import Traffic


def call(status: int | None, host: str = "api.inverted.ai") -> http.HTTPFlow:
    """A call for the API; without a status it has no answer."""
    flow = tflow.tflow(req=http.Request.make("POST", f"https://{host}/drive", b"12345"))
    if status is None:
        flow.error = flows.Error("gone")
    else:
        flow.response = http.Response.make(status, b"1234567890")
    return flow


def counted(*calls: http.HTTPFlow) -> Traffic:
    traffic = Traffic()
    addon = FlowTraffic(traffic)
    for flow in calls:
        addon.response(flow) if flow.response else addon.error(flow)
    return traffic


def test_calls_bytes_and_failures_are_counted() -> None:
    now = counted(call(200), call(422), call(None)).now()
    assert (now.calls, now.failed, now.body_bytes) == (3, 2, 5 * 3 + 10 * 2)


def test_other_hosts_do_not_count() -> None:
    assert counted(call(200, "example.org")).now().calls == 0


def test_a_call_that_breaks_off_after_its_answer_counts_once() -> None:
    traffic, flow = Traffic(), call(200)
    addon = FlowTraffic(traffic)
    addon.response(flow)
    addon.error(flow)
    assert traffic.now().calls == 1
