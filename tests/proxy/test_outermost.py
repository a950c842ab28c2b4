"""Tunnels with TLS through a real proxy, whose outer layers are left out."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse

import pytest
from mitmproxy import http, tls
from support.proxy import RunningProxy, Upstreamed, counting_server, running_proxy

from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.proxy.rerouting import reroute

REQUEST = b"POST /drive HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n%s\r\n{}"


class Watching:
    """Notes its hooks, of which one has to be awaited."""

    def __init__(self, upstream: str) -> None:
        self._upstream = Upstream.parse(upstream)
        self.hooks: list[str] = []

    def tls_established_client(self, data: tls.TlsData) -> None:
        self.hooks.append("TLS")

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        self.hooks.append("head")

    async def request(self, flow: http.HTTPFlow) -> None:
        await asyncio.sleep(0)
        reroute(flow, self._upstream)
        self.hooks.append("request")

    def response(self, flow: http.HTTPFlow) -> None:
        self.hooks.append("response")


@contextmanager
def tunnel(proxy: RunningProxy) -> Iterator[ssl.SSLSocket]:
    host, port = proxy.forward.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as raw:
        raw.sendall(b"CONNECT api.inverted.ai:443 HTTP/1.1\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 200 ")
        context = ssl.create_default_context(cafile=str(proxy.ca))
        with context.wrap_socket(raw, server_hostname="api.inverted.ai") as within:
            yield within


@pytest.fixture
def upstream() -> Iterator[Upstreamed]:
    with counting_server() as server:
        yield server


def exchange(within: ssl.SSLSocket, *fields: bytes) -> bytes:
    """Make a call; return its answer."""
    within.sendall(REQUEST % b"".join(fields))
    answer = HTTPResponse(within)
    answer.begin()
    return answer.read()


def test_calls_follow_each_other_within_a_tunnel(
    authority: Authority, upstream: Upstreamed
) -> None:
    watching = Watching(upstream.url)
    with (
        running_proxy(authority, lambda: [watching], upstream.url) as proxy,
        tunnel(proxy) as within,
    ):
        answers = [exchange(within) for _ in range(3)]
    assert answers == [b'{"path":"/drive"}'] * 3
    assert watching.hooks == ["TLS", *["head", "request", "response"] * 3]


def test_a_tunnel_is_closed_where_its_client_asks_for_that(
    authority: Authority, upstream: Upstreamed
) -> None:
    watching = Watching(upstream.url)
    with (
        running_proxy(authority, lambda: [watching], upstream.url) as proxy,
        tunnel(proxy) as within,
    ):
        exchange(within)
        exchange(within, b"Connection: close\r\n")
        assert within.recv(1) == b""


def test_a_server_that_hangs_up_is_told_within_a_tunnel(
    authority: Authority, upstream: Upstreamed
) -> None:
    watching = Watching(upstream.url)
    with (
        running_proxy(authority, lambda: [watching], upstream.url) as proxy,
        tunnel(proxy) as within,
    ):
        exchange(within)
        upstream.answer = lambda path: (0, {}, b"")
        assert b"no answer" in exchange(within)
