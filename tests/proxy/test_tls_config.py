"""TLS with clients as they come: what httpx speaks, and for which hosts OpenSSL takes our word."""

from __future__ import annotations

import ssl

import httpx
import pytest
from mitmproxy import http
from support.large_rig import Rig
from support.proxy import API, RunningProxy, running_proxy

from iai_proxy.client.authority import Authority
from iai_proxy.proxy.capture import is_for_api


def trusting(proxy: RunningProxy) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(proxy.ca))


@pytest.mark.parametrize("http1", [True, False])
def test_httpx_gets_the_http2_that_it_asks_for(rig: Rig, http1: bool) -> None:
    with (
        rig.recording() as proxy,
        httpx.Client(
            proxy=proxy.forward, verify=trusting(proxy), trust_env=False, http1=http1, http2=True
        ) as client,
    ):
        assert client.get(f"{API}/test").http_version == "HTTP/2"


def test_a_client_that_asks_for_no_http2_gets_none(rig: Rig) -> None:
    with (
        rig.recording() as proxy,
        httpx.Client(proxy=proxy.forward, verify=trusting(proxy), trust_env=False) as client,
    ):
        assert client.get(f"{API}/test").http_version == "HTTP/1.1"


class Answers:
    def request(self, flow: http.HTTPFlow) -> None:
        flow.response = http.Response.make(200, str(is_for_api(flow)))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_server_of_this_machine_that_is_named_has_a_certificate_that_openssl_takes(
    authority: Authority, host: str
) -> None:
    asked = frozenset({("localhost", 9443)})
    with (
        running_proxy(authority, lambda: [Answers()], asked=asked) as proxy,
        httpx.Client(proxy=proxy.forward, verify=trusting(proxy), trust_env=False) as client,
    ):
        assert client.get(f"https://{host}:9443/test").text == "True"
        with pytest.raises(httpx.ProxyError, match="421"):
            client.get(f"https://{host}:9444/test")
