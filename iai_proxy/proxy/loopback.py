"""Calls that this proxy makes through itself, so that each passes every hook like a client's call.

There is no port for it. Both ends of a pair of sockets are in this process: mitmproxy takes one for
a client that has connected, the other speaks HTTP/1.1 (h11). No one else can use such a connection,
so it needs no password, and hooks know it by the id of its client.

httpcore with a network backend of its own was considered for the pool. It decides only while it
sends which connection a request takes, and does not say, but hooks must know for what call a
connection is used before the request arrives: a header with a secret would have to stand in for
the connection, in every recording hook. It would also need one pool for each mode and password, and
a stream class of the length of the two classes here.
"""

from __future__ import annotations

import asyncio
import socket
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, NamedTuple

import h11
from mitmproxy import connection, ctx, http
from mitmproxy.proxy import layers, mode_servers, mode_specs

from iai_proxy.api import Headers
from iai_proxy.proxy.capture import api_host

_READ_BYTES: Final = 1 << 18
#: How many idle connections are kept. Each keeps one to the API open as well.
_MAX_IDLE: Final = 16

_OUR_END: Final = ("127.0.0.1", 0)

Fields = list[tuple[bytes, bytes]]

_peer_ports = count(1)


@dataclass(frozen=True, slots=True)
class LoopbackRequest:
    """One request.

    Attributes:
        target: an absolute URL for a forward proxy, a path for a reverse one.
        headers: without Content-Length.
    """

    method: str
    target: str
    headers: Fields
    body: bytes


class Reply(NamedTuple):
    """An answer, its body as it travelled."""

    status: int
    reason: str
    headers: Fields
    body: bytes


def is_from_ourselves(client: connection.Client) -> bool:
    """Whether a client is this proxy itself: no listener has port 0."""
    return client.sockname == _OUR_END


class LoopbackConnection:
    """One connection from this proxy to itself. It begins with the first request.

    Attributes:
        client: mitmproxy's end of it.
    """

    def __init__(
        self,
        handler: mode_servers.ProxyConnectionHandler,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.client: connection.Client = handler.client
        self._handler = handler
        self._reader = reader
        self._writer = writer
        self._state = h11.Connection(h11.CLIENT)
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls, mode: mode_specs.ProxyMode, password: tuple[str, str] | None
    ) -> LoopbackConnection:
        """Connect as a client of a listener of this mode does.

        Args:
            mode: of the listener; anything but a reverse mode counts as a forward proxy.
            password: the proxy's, if the client on whose behalf this is has given it.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        is_reverse = isinstance(mode, mode_specs.ReverseMode)
        if not is_reverse:
            mode = mode_specs.ProxyMode.parse("regular")
        handler = mode_servers.ProxyConnectionHandler(
            ctx.master, *await _server_streams(theirs), ctx.options, mode
        )
        layer = layers.modes.ReverseProxy if is_reverse else layers.modes.HttpProxy
        handler.layer = layer(handler.layer.context)
        if password:
            ctx.master.addons.get("proxyauth").authenticated[handler.client] = password
        return cls(handler, *await asyncio.open_connection(sock=ours))

    async def send(self, request: LoopbackRequest) -> Reply | None:
        """Make one request; None if the connection broke before the answer was complete."""
        if self._task is None:
            self._task = asyncio.create_task(self._handle())
        headers = list(request.headers)
        if request.body or request.method == "POST":
            headers.append((b"Content-Length", str(len(request.body)).encode()))
        head = h11.Request(method=request.method, target=request.target, headers=headers)
        try:
            for event in (head, h11.Data(data=request.body), h11.EndOfMessage()):
                self._writer.write(self._state.send(event) or b"")
            await self._writer.drain()
            reply = await self._receive()
        except (OSError, h11.RemoteProtocolError):
            return None
        if self._state.our_state is self._state.their_state is h11.DONE:
            self._state.start_next_cycle()
        else:
            self.close()  # this answer is the last on the connection
        return reply

    @property
    def is_open(self) -> bool:
        """Whether another request can be made."""
        return (
            self._state.our_state is h11.IDLE
            and not self._reader.at_eof()
            and not self._writer.is_closing()
        )

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def _receive(self) -> Reply | None:
        head: h11.Response | None = None
        body: list[bytes] = []
        while True:
            event = self._state.next_event()
            if event is h11.NEED_DATA:
                self._state.receive_data(await self._reader.read(_READ_BYTES))
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                fields = list(head.headers.raw_items())
                reason = head.reason.decode("latin-1")
                return Reply(head.status_code, reason, fields, b"".join(body))
            elif isinstance(event, h11.ConnectionClosed):
                return None

    async def _handle(self) -> None:
        handler = self._handler
        with ctx.master.addons.get("proxyserver").register_connection(handler.client.id, handler):
            await handler.handle_client()


class LoopbackPool:
    """Makes requests over connections that are kept and used again."""

    def __init__(self) -> None:
        self._idle: defaultdict[object, list[LoopbackConnection]] = defaultdict(list)

    async def send(
        self,
        request: LoopbackRequest,
        flow: http.HTTPFlow,
        announce: Callable[[connection.Client], None],
    ) -> Reply | None:
        """Make one request; None if the connection broke before the answer was complete.

        Args:
            request: what to send.
            flow: the call on whose behalf this is; the request goes to the same listener.
            announce: called with mitmproxy's end of the connection before anything is sent.
        """
        mode, password = flow.client_conn.proxy_mode, flow.metadata.get("proxyauth")
        is_reverse = isinstance(mode, mode_specs.ReverseMode)
        idle = self._idle[mode.full_spec if is_reverse else "", password]
        used = _pop_open(idle) or await LoopbackConnection.open(mode, password)
        announce(used.client)
        reply = None
        try:
            reply = await used.send(request)
        finally:
            if reply and used.is_open and len(idle) < _MAX_IDLE:
                idle.append(used)
            else:
                used.close()
        return reply

    def close(self) -> None:
        """Close the idle connections."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()


def encoded(headers: Headers) -> Fields:
    """Return header fields as they travel."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def host_of(flow: http.HTTPFlow) -> tuple[bytes, bytes]:
    """Return the Host field of a call that is made on behalf of another."""
    host = flow.request.host_header or flow.request.pretty_host
    return (b"Host", host.encode("ascii", "surrogateescape"))


def origin_of(flow: http.HTTPFlow) -> str:
    """Return what comes before the path in the target of such a call: nothing in reverse modes."""
    if isinstance(flow.client_conn.proxy_mode, mode_specs.ReverseMode):
        return ""
    host = api_host(flow)
    return f"{flow.request.scheme}://{f'[{host}]' if ':' in host else host}:{flow.request.port}"


def _pop_open(idle: list[LoopbackConnection]) -> LoopbackConnection | None:
    while idle:
        kept = idle.pop()
        if kept.is_open:
            return kept
        kept.close()
    return None


class _ServerWriter(asyncio.StreamWriter):
    """A stream with addresses that mitmproxy can read; a pair of sockets has none."""

    _port = 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "peername":
            self._port = self._port or next(_peer_ports)
            return ("127.0.0.1", self._port)
        return _OUR_END if name == "sockname" else super().get_extra_info(name, default)


async def _server_streams(
    end: socket.socket,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.create_connection(lambda: protocol, sock=end)
    return reader, _ServerWriter(transport, protocol, reader, loop)
