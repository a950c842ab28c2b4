"""What a client may offer to speak instead of HTTP/1: nothing of it reaches the API.

After a switch both sides could go on unrecorded. A server may always answer as if nothing had been
offered (RFC 9110, section 7.8), and so clients go on when the offer is left out.
"""

from __future__ import annotations

from typing import Final

from mitmproxy import http

_OFFERS: Final = ("upgrade", "http2-settings")


def without_offers(request: http.Request) -> None:
    """Take offers to switch protocols out of a request."""
    headers = request.headers
    offered = [name for name in _OFFERS if name in headers]
    if not offered:
        return
    for name in offered:
        del headers[name]
    words = [word.strip() for value in headers.get_all("connection") for word in value.split(",")]
    kept = [word for word in words if word and word.lower() not in _OFFERS]
    headers.set_all("connection", [", ".join(kept)] if kept else [])
