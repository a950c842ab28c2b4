"""Saves a client 40 ms a call: acknowledges the head of a request at once.

urllib3, and so the Python SDK, leaves Nagle's algorithm on for connections to a proxy ("to avoid
packet fragmentation"). The body of a request follows only when its head is acknowledged, which
Linux delays by up to 40 ms, hoping for an answer to carry it. Measured: the same call takes 5 ms
or 45 ms, by chance. Setting TCP_QUICKACK while an acknowledgement is due sends it (tcp(7)); the
flag does not last, so it is set for each request.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any, Final

from mitmproxy import ctx, http

_OPTION: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)  # Linux only


class QuickAck:
    """Addon that acknowledges heads. A failure here only costs time."""

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Send the acknowledgement that is due."""
        if _OPTION is None:
            return
        with contextlib.suppress(AttributeError, KeyError, OSError):
            _socket_of(flow).setsockopt(socket.IPPROTO_TCP, _OPTION, 1)


def _socket_of(flow: http.HTTPFlow) -> Any:
    handler = ctx.master.addons.get("proxyserver").connections[flow.client_conn.id]
    return handler.transports[flow.client_conn].writer.get_extra_info("socket")
