"""Sends requests for the API where ``--upstream`` says, and asks for answers that can be read."""

from __future__ import annotations

from mitmproxy import http
from mitmproxy.proxy import mode_specs

from iai_proxy.api.content_coding import undoes_brotli
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
    _ask_for_no_brotli(flow.request)


def _ask_for_no_brotli(request: http.Request) -> None:
    """Have the API take another coding if Brotli's can't be undone; gzip is as good."""
    accepted = request.headers.get("accept-encoding")
    if accepted and "br" in accepted and not undoes_brotli():
        others = (item.strip() for item in accepted.split(","))
        kept = [item for item in others if item.partition(";")[0].strip().lower() != "br"]
        request.headers["accept-encoding"] = ", ".join(kept)
