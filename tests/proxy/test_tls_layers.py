"""What is sent over TLS within an event leaves together."""

from __future__ import annotations

import contextlib
import ssl

import pytest
from mitmproxy.connection import Client, Server
from mitmproxy.http import Headers, Request
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http._events import RequestEndOfMessage, RequestHeaders
from mitmproxy.proxy.tunnel import TunnelState
from OpenSSL import SSL

from iai_proxy.client.authority import Authority
from iai_proxy.proxy.tls_layers import ServerTls

HEAD, BODY = b"POST / HTTP/1.1\r\n\r\n", b"ab" * 200_000


class Peer:
    """The other end, by Python's own TLS."""

    def __init__(self, authority: Authority) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.key_path)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    def shake_hands(self, received: bytes = b"") -> bytes:
        self._incoming.write(received)
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._outgoing.read()

    def read(self, received: bytes) -> bytes:
        self._incoming.write(received)
        found = b""
        try:
            while True:
                found += self._tls.read(1 << 20)
        except ssl.SSLWantReadError:
            return found


class Talks(layer.Layer):
    """Sends a head and a body, or closes."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        server = self.context.server
        yield commands.SendData(server, HEAD)
        if not isinstance(event, RequestHeaders):
            yield commands.SendData(server, BODY)
        if isinstance(event, events.Wakeup):
            yield commands.CloseConnection(server)


@pytest.fixture
def peer(authority: Authority) -> Peer:
    return Peer(authority)


@pytest.fixture
def tls(peer: Peer) -> ServerTls:
    """A layer whose handshake is done."""
    context = Context(Client(peername=("a", 1), sockname=("b", 2)), Options())
    context.server = Server(address=("c", 3))
    made = ServerTls(context)
    made.child_layer = Talks(context)
    made.tunnel_state = TunnelState.OPEN
    made.tls = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
    made.tls.set_connect_state()
    said = b""
    for _ in range(3):
        if said:
            made.tls.bio_write(said)
        with contextlib.suppress(SSL.WantReadError):
            made.tls.do_handshake()
        try:
            said = peer.shake_hands(made.tls.bio_read(65536))
        except SSL.WantReadError:
            break
    return made


def test_a_head_and_its_body_leave_together(tls: ServerTls, peer: Peer) -> None:
    (sent,) = tls.handle_event(events.ConnectionClosed(tls.context.client))
    assert isinstance(sent, commands.SendData)
    assert peer.read(sent.data) == HEAD + BODY


def test_what_is_sent_before_a_connection_is_closed_leaves_before(
    tls: ServerTls, peer: Peer
) -> None:
    sent, closed = tls.handle_event(events.Wakeup(commands.RequestWakeup(0)))
    assert isinstance(sent, commands.SendData)
    assert peer.read(sent.data) == HEAD + BODY
    assert isinstance(closed, commands.CloseConnection)


def test_a_head_waits_for_its_body(tls: ServerTls, peer: Peer) -> None:
    request = Request("a", 1, b"", b"", b"", b"/", b"", Headers(), None, None, 0, None)
    assert not list(tls.handle_event(RequestHeaders(1, request, end_stream=False)))
    (sent,) = tls.handle_event(RequestEndOfMessage(1))
    assert isinstance(sent, commands.SendData)
    assert peer.read(sent.data) == HEAD + HEAD + BODY
