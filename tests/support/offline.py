"""An offline server with a player that answers by hand."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from iai_proxy.api import Request
from iai_proxy.api.hosts import is_real_api
from iai_proxy.client.authority import Authority
from iai_proxy.client.leaves import Leaves
from iai_proxy.offline import OfflineServer
from iai_proxy.player import Peer, Reply
from iai_proxy.session.replies import refusal
from iai_proxy.settings.listen import Address, Listening

FREE = Address("127.0.0.1", 0)


def plain(body: bytes = b"answer", status: int = 200, **more: float) -> Reply:
    return Reply(status, "Fine", (("Content-Type", "text/plain"),), body, **more)


@dataclass
class ByHand:
    """A player that answers as told, and keeps what it was asked."""

    reply: Callable[[Request], Reply] = lambda request: plain(request.body or b"answer")
    requests: list[Request] = field(default_factory=list)
    peers: dict[str, Peer] = field(default_factory=dict)
    gone: threading.Event = field(default_factory=threading.Event)

    def connected(self, peer: Peer) -> None:
        self.peers[peer.connection] = peer
        self.gone.clear()

    def disconnected(self, peer: Peer) -> None:
        del self.peers[peer.connection]
        if not self.peers:
            self.gone.set()

    def sent(self, peer: Peer) -> None:
        assert peer.connection in self.peers

    def refused_host(self, host: str, port: int) -> Reply | None:
        is_api = is_real_api(host) or host in ("localhost", "127.0.0.1", "::1")
        return None if is_api else refusal(404, f"{host}:{port} is elsewhere")

    def answer(self, request: Request, peer: Peer) -> Reply:
        assert peer.connection in self.peers
        self.requests.append(request)
        return self.reply(request)


@dataclass
class Served:
    """A server that runs, its player, and what it said of clients that don't trust it."""

    server: OfflineServer
    player: ByHand
    authority: Authority
    distrusted: list[str]

    @property
    def forward(self) -> Address:
        assert self.server.addresses.forward
        return self.server.addresses.forward

    @property
    def reverse(self) -> Address:
        assert self.server.addresses.reverse
        return self.server.addresses.reverse

    @property
    def trusting(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.authority.path)
        return context


@contextmanager
def served(
    authority: Authority,
    reply: Callable[[Request], Reply] | None = None,
    password: str | None = None,
    most: int = 1000,
) -> Iterator[Served]:
    player = ByHand(reply) if reply else ByHand()
    distrusted: list[str] = []
    server = OfflineServer(
        Listening(FREE, FREE, password), player, Leaves(authority), distrusted.append, most
    )
    server.start()
    try:
        yield Served(server, player, authority, distrusted)
    finally:
        server.stop()
