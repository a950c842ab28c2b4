"""Saves a client 40 ms a call: acknowledges the head of a request at once.

urllib3, and so the Python SDK, leaves Nagle's algorithm on for connections to a proxy ("to avoid
packet fragmentation"). It sends a request's head, and the body only once the head is acknowledged;
Linux delays that by up to 40 ms in the hope of an answer to carry it. Measured: 5 ms or 45 ms for
the same call, as chance has it. Setting TCP_QUICKACK while an acknowledgement is due sends it
(tcp(7); the flag does not stay, hence once a request).
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any, Final

from mitmproxy import ctx, http

_OPTION: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)  # Linux only


class QuickAck:
    """Addon that does so. Whatever goes wrong here costs time and nothing else."""

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Send the acknowledgement that is due."""
        if _OPTION is None:
            return
        with contextlib.suppress(AttributeError, KeyError, OSError):
            _socket_of(flow).setsockopt(socket.IPPROTO_TCP, _OPTION, 1)


def _socket_of(flow: http.HTTPFlow) -> Any:
    handler = ctx.master.addons.get("proxyserver").connections[flow.client_conn.id]
    return handler.transports[flow.client_conn].writer.get_extra_info("socket")
