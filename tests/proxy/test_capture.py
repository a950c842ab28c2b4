"""Flows of mitmproxy as exchanges."""

from __future__ import annotations

import gzip

import pytest
from mitmproxy import flow as mitmproxy_flow
from mitmproxy import http
from mitmproxy.proxy import mode_specs
from mitmproxy.test import tflow

from iai_proxy.proxy.capture import (
    PART_OF,
    PartOf,
    address,
    api_host,
    is_for_api,
    to_exchange,
    to_request,
)
from iai_proxy.recordings.decoding import decoded

MODES = {
    "forward": "regular",
    "reverse": "reverse:https://example.com",
    "transparent": "transparent",
}


def asked(
    mode: str = "forward", host: str = "api.inverted.ai", header: str = "", sni: str | None = None
) -> http.HTTPFlow:
    flow = tflow.tflow(resp=True)
    flow.client_conn.proxy_mode = mode_specs.ProxyMode.parse(MODES[mode])
    flow.client_conn.sni = sni
    flow.request.host = host
    flow.request.headers["host"] = header or host
    return flow


@pytest.mark.parametrize(
    ("flow", "is_meant", "host"),
    [
        (asked(), True, "api.inverted.ai"),
        (asked(host="example.com"), False, "example.com"),
        # A forward proxy is told the host itself, so that a header can't name another.
        (asked(host="example.com", header="api.inverted.ai"), False, "example.com"),
        (asked("transparent", "10.0.0.1", header="api.inverted.ai"), True, "api.inverted.ai"),
        (asked("transparent", "10.0.0.1", sni="api.inverted.ai"), True, "api.inverted.ai"),
        (asked("transparent", "10.0.0.1"), False, "10.0.0.1"),
        (asked("reverse", "127.0.0.1"), True, "127.0.0.1"),
    ],
)
def test_what_is_meant_for_the_api_is_known_by_the_name_that_each_mode_has(
    flow: http.HTTPFlow, is_meant: bool, host: str
) -> None:
    assert (is_for_api(flow), api_host(flow)) == (is_meant, host)


def test_an_exchange_has_both_sides_with_times_in_nanoseconds() -> None:
    flow = asked()
    flow.request.timestamp_start, flow.request.timestamp_end = 10.0, 10.5
    assert flow.response is not None
    flow.response.timestamp_start, flow.response.timestamp_end = 11.0, 11.25
    made = to_exchange(flow, to_request(flow))
    assert made.response is not None
    assert (made.request.started_ns, made.request.ended_ns) == (10_000_000_000, 10_500_000_000)
    assert (made.response.started_ns, made.ended_ns) == (11_000_000_000, 11_250_000_000)
    assert (made.response.status, made.response.body) == (200, b"message")
    assert (made.connection, made.client) == (flow.client_conn.id, "127.0.0.1:22")
    assert (made.failure, made.large) == (None, None)


def test_a_flow_that_broke_off_ends_with_its_error() -> None:
    flow = asked()
    flow.response = None
    flow.request.timestamp_start, flow.request.timestamp_end = 10.0, None
    flow.error = mitmproxy_flow.Error("connection reset", 12.0)
    made = to_exchange(flow, to_request(flow))
    assert (made.response, made.failure) == (None, "connection reset")
    assert (made.request.ended_ns, made.ended_ns) == (10_000_000_000, 12_000_000_000)


def test_a_part_counts_for_the_connection_of_its_large_call() -> None:
    flow = asked()
    flow.metadata[PART_OF] = PartOf("token", "connection-9", "10.0.0.9:1234")
    made = to_exchange(flow, to_request(flow))
    assert (made.large, made.connection, made.client) == ("token", "connection-9", "10.0.0.9:1234")


def test_headers_keep_their_bytes_order_and_repetitions() -> None:
    flow = asked()
    flow.request.headers = http.Headers([(b"A", b"1"), (b"b", b"\xe9\xff"), (b"a", b"2")])
    assert to_request(flow).headers == (("A", "1"), ("b", "éÿ"), ("a", "2"))


def test_bodies_are_kept_as_they_travelled_and_decoded_apart() -> None:
    flow = asked()
    flow.request.raw_content = gzip.compress(b"asked")
    flow.request.headers["content-encoding"] = "gzip"
    assert flow.response is not None
    flow.response.headers["content-encoding"] = "br"  # "message" is none
    made = to_exchange(flow, to_request(flow))
    plain = decoded(made)
    assert plain.response is not None
    assert gzip.decompress(made.request.body) == b"asked"
    assert (plain.request.body, plain.request.encoding) == (b"asked", "gzip")
    assert (plain.response.body, plain.response.encoding) == (b"message", "!br")


def test_an_address_may_be_ipv6_or_unknown() -> None:
    assert address(("127.0.0.1", 80)) == "127.0.0.1:80"
    assert address(("::1", 80, 0, 0)) == "::1:80"
    assert address(None) == ""
