"""The player's replies as mitmproxy's responses."""

from __future__ import annotations

from mitmproxy import http

from iai_proxy.session.replies import Reply, sound


def to_response(reply: Reply) -> http.Response:
    """Return a response that is sent just so, but for what could make two of it."""
    reply = sound(reply)
    response = http.Response.make(reply.status)
    response.reason = reply.reason
    response.headers = http.Headers(
        [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    )
    response.raw_content = reply.body  # as it travels: content would be encoded once more
    return response
