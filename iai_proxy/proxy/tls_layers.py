"""mitmproxy's layers of TLS, made to send in one go what belongs together.

mitmproxy encrypts the head of a message and its body one after the other, and has each 64 KB of
them pass all layers around and leave by themselves. Here all that a layer within sends while it
handles an event leaves at the end of the event.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers import tls
from mitmproxy.proxy.layers.http._events import RequestHeaders
from OpenSSL import SSL

from iai_proxy.proxy.cut_connections import note_cut

#: Bytes of a record of TLS, at most (RFC 8446, section 5.1).
_RECORD: Final = 16384
#: More bytes than a record adds to those that it encrypts.
_ADDED: Final = 64


class _SendsAtOnce(tls.TLSLayer):
    _unsent = 0  # bytes that are encrypted already, at most

    def event_to_child(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Have the layer within handle an event, then send what it said."""
        yield from super().event_to_child(event)
        has_more = isinstance(event, RequestHeaders) and not event.end_stream  # the body is next
        if self._unsent and not has_more:
            yield from self.tls_interact()

    def send_data(self, data: bytes) -> layer.CommandGenerator[None]:
        """Encrypt what is to be sent."""
        try:
            self.tls.sendall(data)
        except (SSL.ZeroReturnError, SSL.SysCallError):
            return  # the other side has hung up
        self._unsent += len(data) + _ADDED * (1 + len(data) // _RECORD)
        yield from ()

    def send_close(self, command: commands.CloseConnection) -> layer.CommandGenerator[None]:
        """Send what is left, and close."""
        if self._unsent:
            yield from self.tls_interact()
        yield from super().send_close(command)

    def tls_interact(self) -> layer.CommandGenerator[None]:
        """Send what is encrypted, and what TLS itself has to say."""
        size, self._unsent = max(self._unsent, _RECORD), 0
        while True:
            try:
                data = self.tls.bio_read(size)
            except SSL.WantReadError:
                return
            yield commands.SendData(self.conn, data)


class ClientTls(_SendsAtOnce, tls.ClientTLSLayer):
    """TLS with a client."""

    def send_close(self, command: commands.CloseConnection) -> layer.CommandGenerator[None]:
        """Close; or only say that nothing more is sent, which TLS has a word for."""
        if not (isinstance(command, commands.CloseTcpConnection) and command.half_close):
            yield from super().send_close(command)
            return
        with suppress(SSL.Error):
            self.tls.shutdown()
        yield from self.tls_interact()


class ServerTls(_SendsAtOnce, tls.ServerTLSLayer):
    """TLS with a server."""

    _has_ended = False

    def event_to_child(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Note whether the layer within has been told of the end."""
        self._has_ended |= isinstance(event, events.ConnectionClosed)
        yield from super().event_to_child(event)

    def receive_close(self) -> layer.CommandGenerator[None]:
        """Tell the layer within of an end that TLS has not told it of: the connection was cut.

        mitmproxy tells it nothing if an alert came before, and the client would wait for ever.
        """
        if not self._has_ended:
            note_cut(self.conn)
            yield from self.event_to_child(events.ConnectionClosed(self.conn))
