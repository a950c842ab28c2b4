"""Hybrid replay: only calls that the API is to answer reach the network."""

from __future__ import annotations

from collections import Counter

from mitmproxy import http
from mitmproxy.proxy import server_hooks

from iai_proxy.api.hosts import Upstream
from iai_proxy.proxy.capture import is_for_api
from iai_proxy.proxy.fail_closed import fail_closed
from iai_proxy.proxy.http_stream import is_too_large
from iai_proxy.proxy.rerouting import reroute
from iai_proxy.proxy.troubles import Troubles
from iai_proxy.proxy.upgrades import without_offers
from iai_proxy.session.notices import Notices


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
        notices: gets each kind of trouble with the upstream once.
        upstream: where they go; None for where the client sends them.

    Attributes:
        troubles: with the upstream.
    """

    def __init__(self, notices: Notices, upstream: Upstream | None) -> None:
        self._upstream = upstream
        self._under_way: set[str] = set()
        self.troubles = Troubles(notices)

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Route the request."""
        if flow.response is None and flow.error is None:
            self._under_way.add(flow.id)
            without_offers(flow.request)
            reroute(flow, self._upstream)

    @fail_closed
    async def response(self, flow: http.HTTPFlow) -> None:
        """Look whether the call went well."""
        if flow.id in self._under_way:
            self._under_way.discard(flow.id)
            self.troubles.answered(flow)

    @fail_closed
    async def error(self, flow: http.HTTPFlow) -> None:
        """Say what went wrong."""
        if flow.id in self._under_way:
            self._under_way.discard(flow.id)
            self.troubles.failed(flow)
        elif is_too_large(flow) and flow.response is None and is_for_api(flow):
            self.troubles.failed(flow)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Stream nothing: the answer is looked at before it is sent on."""
        if flow.response is not None:
            flow.response.stream = False
