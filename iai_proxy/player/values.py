"""What goes into a player beside the request, and what comes out."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from iai_proxy.api import Request
from iai_proxy.session.replies import Reply

#: An end of a TCP connection, as the socket module gives it: host and port come first.
SocketAddress = tuple[str, int] | tuple[str, int, int, int]


@dataclass(frozen=True, slots=True)
class Peer:
    """A client connection.

    Attributes:
        connection: identifies it; no two connections of a replay have the same.
        address: the client's end (``getpeername``); None if it has none.
        here: our end (``getsockname``).
        reverse: it came to a reverse listener, so that whatever host a request names, it is meant
            for the API.
        connected_s: when it was made (``time.monotonic``), in seconds.
    """

    connection: str
    address: SocketAddress | None
    here: SocketAddress | None
    reverse: bool = False
    connected_s: float = field(default_factory=time.monotonic)


class Answers(Protocol):
    """What a server needs of a player. Everything may be called from any thread."""

    def connected(self, peer: Peer) -> None:
        """Learn of a connection before its first request: who it is is found out meanwhile."""

    def disconnected(self, peer: Peer) -> None:
        """Forget a connection."""

    def sent(self, peer: Peer) -> None:
        """Learn that an answer was sent: the likely next one may be prepared meanwhile."""

    def refused_host(self, host: str, port: int) -> Reply | None:
        """Return the refusal of a tunnel (CONNECT) or request to a server that is not the API's."""

    def answer(self, request: Request, peer: Peer) -> Reply:
        """Answer a request, its body still encoded as it travelled. Never raises.

        ``request.host`` is the host that is meant: the one of an absolute URL or, in a tunnel, the
        one that CONNECT names, or the TLS server name if that is an address.
        """
