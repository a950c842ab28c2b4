"""Where requests for the API are sent."""

from __future__ import annotations

import pytest
from mitmproxy import http
from mitmproxy.proxy import mode_specs
from mitmproxy.test import tflow

from iai_proxy.api.hosts import Upstream
from iai_proxy.proxy import rerouting
from iai_proxy.proxy.rerouting import reroute

FORWARD, REVERSE = "regular", "reverse:http://api.inverted.ai:80"


def asked(mode: str, url: str) -> http.HTTPFlow:
    flow = tflow.tflow()
    flow.client_conn.proxy_mode = mode_specs.ProxyMode.parse(mode)
    flow.request.url = url
    return flow


@pytest.mark.parametrize("mode", [FORWARD, REVERSE])
def test_an_upstream_gets_every_request_whatever_host_it_names(mode: str) -> None:
    flow = asked(mode, "https://api.inverted.ai/v0/aws/m1/drive?a=1")
    reroute(flow, Upstream.parse("http://127.0.0.1:9000"))
    request = flow.request
    assert (request.scheme, request.host, request.port) == ("http", "127.0.0.1", 9000)
    assert request.path.endswith("/drive?a=1")


def test_without_one_a_forward_proxy_sends_it_where_the_client_does() -> None:
    flow = asked(FORWARD, "https://api-dev.inverted.ai:8443/v0/aws/m1/drive")
    reroute(flow, None)
    assert flow.request.url == "https://api-dev.inverted.ai:8443/v0/aws/m1/drive"


def test_without_one_a_reverse_listener_sends_it_to_the_api_with_tls() -> None:
    flow = asked(REVERSE, "http://127.0.0.1:8000/drive")
    reroute(flow, None)
    assert (flow.request.scheme, flow.request.host, flow.request.port) == (
        "https",
        "api.inverted.ai",
        443,
    )


@pytest.mark.parametrize(
    ("is_sound", "sent"), [(True, "gzip, br;q=0.9, zstd"), (False, "gzip, zstd")]
)
def test_the_api_is_asked_for_no_coding_that_can_not_be_undone(
    is_sound: bool, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rerouting, "undoes_brotli", lambda: is_sound)
    flow = asked(FORWARD, "https://api.inverted.ai/v0/aws/m1/drive")
    flow.request.headers["accept-encoding"] = "gzip, br;q=0.9, zstd"
    reroute(flow, None)
    assert flow.request.headers["accept-encoding"] == sent
