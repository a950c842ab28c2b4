"""Hybrid replay: only calls that the API is to answer reach the network."""

from __future__ import annotations

from collections import Counter

from mitmproxy import http
from mitmproxy.proxy import server_hooks

from iai_proxy.api.hosts import Upstream
from iai_proxy.proxy.fail_closed import fail_closed
from iai_proxy.proxy.rerouting import reroute


class Gate:
    """Allows connections to a server only for clients with a call to the API under way."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._flows: dict[str, str] = {}

    def open(self, flow: http.HTTPFlow) -> None:
        """Let a call go to the API."""
        self._flows[flow.id] = flow.client_conn.id
        self._open[flow.client_conn.id] += 1

    def is_open(self, flow: http.HTTPFlow) -> bool:
        """Whether a call went to the API."""
        return flow.id in self._flows

    def close(self, flow: http.HTTPFlow) -> None:
        """Note that a call has ended. Idempotent."""
        client = self._flows.pop(flow.id, None)
        if client is not None:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]

    def refuse_others(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Refuse a connection that no call to the API needs."""
        if data.client.id not in self._open:
            data.server.error = "iai-proxy: replay is offline and connects to nothing"


class Forwarder:
    """Addon that sends unanswered calls to the API, unrecorded.

    Args:
        upstream: where they go; None for where the client sends them.
    """

    def __init__(self, upstream: Upstream | None) -> None:
        self._upstream = upstream

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Route the request."""
        if flow.response is None and flow.error is None:
            reroute(flow, self._upstream)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Stream nothing: the answer is looked at before it is sent on."""
        if flow.response is not None:
            flow.response.stream = False
