"""Sends requests that are meant for the API elsewhere, as ``--upstream`` says."""

from __future__ import annotations

from mitmproxy import http

from iai_proxy.api.hosts import Upstream


def reroute(request: http.Request, upstream: Upstream) -> None:
    """Send a request to an upstream, whatever host it is for."""
    request.scheme = upstream.scheme
    request.host = upstream.host  # mitmproxy keeps the Host header and :authority in step
    request.port = upstream.port
    request.path = upstream.target(request.path)
