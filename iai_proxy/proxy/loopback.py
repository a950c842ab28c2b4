"""Calls that this proxy makes through itself: each goes the way of any client's, through every hook.

There is no port for it. Both ends of a pair of sockets are in this process: one is handed to
mitmproxy as if a client had connected, the other speaks HTTP/1.1 (h11). Nobody else can use such a
connection, so none has to prove anything, and hooks know it by the id of its client.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, NamedTuple

import h11
from mitmproxy import connection, ctx
from mitmproxy.proxy import layers, mode_servers, mode_specs

_READ_BYTES: Final = 1 << 18
#: How many idle connections are kept. Each keeps one to the API open as well.
_MOST_IDLE: Final = 16

Fields = list[tuple[bytes, bytes]]

_numbers = count(1)


class Reply(NamedTuple):
    """An answer, its body as it travelled."""

    status: int
    reason: str
    headers: Fields
    body: bytes


class BrokenError(Exception):
    """A connection broke before the answer had come."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One request.

    Attributes:
        target: an absolute URL for a forward proxy, a path for a reverse one.
    """

    method: str
    target: str
    headers: Fields
    body: bytes


class InsideConnection:
    """One connection from this proxy to itself.

    Attributes:
        client: mitmproxy's end of it.
    """

    def __init__(self, ours: socket.socket, handler: mode_servers.ProxyConnectionHandler) -> None:
        self.client: connection.Client = handler.client
        self.used = False
        self._socket = ours
        self._handler = handler
        self._state = h11.Connection(h11.CLIENT)
        self._task: asyncio.Task[None] | None = None
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    @classmethod
    async def open(
        cls, mode: mode_specs.ProxyMode, password: tuple[str, str] | None
    ) -> InsideConnection:
        """Connect, as a client of a listener of this mode would.

        Args:
            mode: of the listener; anything but a reverse mode is taken for a forward proxy.
            password: what the proxy asks for, already given by the one on whose behalf this is.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        reader, writer = await _streams(theirs)
        if not isinstance(mode, mode_specs.ReverseMode):
            mode = mode_specs.ProxyMode.parse("regular")
        handler = mode_servers.ProxyConnectionHandler(ctx.master, reader, writer, ctx.options, mode)
        context = handler.layer.context
        reverse = isinstance(mode, mode_specs.ReverseMode)
        handler.layer = (layers.modes.ReverseProxy if reverse else layers.modes.HttpProxy)(context)
        if password:
            ctx.master.addons.get("proxyauth").authenticated[handler.client] = password
        opened = cls(ours, handler)
        opened._reader, opened._writer = await _streams(ours)
        return opened

    def start(self) -> None:
        """Let mitmproxy begin with it."""
        self._task = asyncio.create_task(self._handle())

    async def ask(self, asking: Asking) -> Reply:
        """Make one request.

        Raises:
            BrokenError: no whole answer came.
        """
        self.used = True
        head = [
            (name, value) for name, value in asking.headers if name.lower() != b"content-length"
        ]
        if asking.body or asking.method == "POST":
            head.append((b"Content-Length", str(len(asking.body)).encode()))
        try:
            request = h11.Request(method=asking.method, target=asking.target, headers=head)
            for event in (request, h11.Data(data=asking.body), h11.EndOfMessage()):
                self._writer.write(self._state.send(event) or b"")
            await self._writer.drain()
            reply = await self._reply()
            self._state.start_next_cycle()
        except (OSError, h11.RemoteProtocolError) as error:
            raise BrokenError(str(error)) from error
        except h11.LocalProtocolError:
            if self._state.our_state is h11.ERROR:
                raise
            self.close()  # the answer is whole, and the last on this connection
            return reply
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

    async def _reply(self) -> Reply:
        answer: h11.Response | None = None
        body: list[bytes] = []
        while True:
            event = self._state.next_event()
            if event is h11.NEED_DATA:
                self._state.receive_data(await self._reader.read(_READ_BYTES))
            elif isinstance(event, h11.Response):
                answer = event
            elif isinstance(event, h11.Data):
                body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and answer is not None:
                fields = list(answer.headers.raw_items())
                return Reply(
                    answer.status_code, answer.reason.decode("latin-1"), fields, b"".join(body)
                )
            elif isinstance(event, h11.ConnectionClosed):
                raise BrokenError("the connection was closed without an answer")

    async def _handle(self) -> None:
        handler = self._handler
        with ctx.master.addons.get("proxyserver").register_connection(handler.client.id, handler):
            await handler.handle_client()


class InsideConnections:
    """Connections that are kept and used again."""

    def __init__(self) -> None:
        self._idle: defaultdict[tuple[Any, ...], list[InsideConnection]] = defaultdict(list)

    async def take(
        self, mode: mode_specs.ProxyMode, password: tuple[str, str] | None
    ) -> InsideConnection:
        """Return an idle connection, or a new one that is still to be started."""
        idle = self._idle[_key(mode, password)]
        while idle:
            one = idle.pop()
            if one.is_open:
                return one
            one.close()
        return await InsideConnection.open(mode, password)

    def give_back(
        self, one: InsideConnection, mode: mode_specs.ProxyMode, password: tuple[str, str] | None
    ) -> None:
        """Keep a connection for the next request, unless it has ended or there are enough."""
        idle = self._idle[_key(mode, password)]
        if one.is_open and len(idle) < _MOST_IDLE:
            idle.append(one)
        else:
            one.close()

    def close(self) -> None:
        """Close all that are idle."""
        for idle in self._idle.values():
            for one in idle:
                with contextlib.suppress(OSError):
                    one.close()
            idle.clear()


def _key(mode: mode_specs.ProxyMode, password: tuple[str, str] | None) -> tuple[Any, ...]:
    return (mode.full_spec if isinstance(mode, mode_specs.ReverseMode) else "", password)


class _Writer(asyncio.StreamWriter):
    """A stream that says of its addresses what mitmproxy can read; a pair of sockets has none."""

    _number = 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "peername":
            self._number = self._number or next(_numbers)
            return ("127.0.0.1", self._number)
        return ("127.0.0.1", 0) if name == "sockname" else super().get_extra_info(name, default)


async def _streams(one: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.create_connection(lambda: protocol, sock=one)
    return reader, _Writer(transport, protocol, reader, loop)
