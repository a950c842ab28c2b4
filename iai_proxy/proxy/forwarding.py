"""Hybrid replay: what the API itself is to answer, and nothing else, may reach the network."""

from __future__ import annotations

from collections import Counter

from mitmproxy import http
from mitmproxy.proxy import mode_specs, server_hooks

from iai_proxy.api.hosts import REAL_API, Upstream
from iai_proxy.proxy.fail_closed import fail_closed
from iai_proxy.proxy.rerouting import reroute


class Gate:
    """Lets a connection to a server be made only for a client that has a call under way which is for the API."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._flows: dict[str, str] = {}

    def open(self, flow: http.HTTPFlow) -> None:
        """Let one call go to the API."""
        self._flows[flow.id] = flow.client_conn.id
        self._open[flow.client_conn.id] += 1

    def is_open(self, flow: http.HTTPFlow) -> bool:
        """Tell whether a call went to the API."""
        return flow.id in self._flows

    def close(self, flow: http.HTTPFlow) -> None:
        """The call has ended. Idempotent."""
        client = self._flows.pop(flow.id, None)
        if client is not None:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]

    def refuse_others(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Refuse a connection that no call under way is for."""
        if data.client.id not in self._open:
            data.server.error = "iai-proxy: replay is offline and connects to nothing"


class Forwarder:
    """Addon that sends what nothing has answered to the API, unrecorded.

    Args:
        upstream: where it goes; None for where the client sends it.
    """

    def __init__(self, upstream: Upstream | None) -> None:
        self._upstream = upstream

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Route the request."""
        reverse = isinstance(flow.client_conn.proxy_mode, mode_specs.ReverseMode)
        answered = flow.response is not None or flow.error is not None  # or hung up on
        if not answered and (
            upstream := self._upstream or (Upstream.parse(REAL_API) if reverse else None)
        ):
            reroute(flow.request, upstream)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Have the whole body before anything is sent on."""
        if flow.response is not None:
            flow.response.stream = False
