"""Sends requests for the API where ``--upstream`` says."""

from __future__ import annotations

from mitmproxy import http
from mitmproxy.proxy import mode_specs

from iai_proxy.api.hosts import REAL_API, Upstream


def reroute(flow: http.HTTPFlow, upstream: Upstream | None) -> None:
    """Send a request upstream, whatever host it names.

    Args:
        flow: the call.
        upstream: None for where the client sends it, or the API itself from a reverse listener.
    """
    if upstream is None and isinstance(flow.client_conn.proxy_mode, mode_specs.ReverseMode):
        upstream = Upstream.parse(REAL_API)
    if upstream is not None:
        request = flow.request
        request.scheme = upstream.scheme
        request.host = upstream.host  # mitmproxy keeps the Host header and :authority in step
        request.port = upstream.port
        request.path = upstream.target(request.path)
