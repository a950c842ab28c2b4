"""Which program is at the other end of a connection: one that has several connections is still one client."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Hashable
from concurrent.futures import Future, ThreadPoolExecutor

import psutil
from mitmproxy import connection

from iai_proxy.replay import Client

_Address = tuple[object, ...] | None


class Programs:
    """Addon that tells clients apart. It looks each up on a thread of its own while the connection is set up."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="iai-proxy-programs")
        self._clients: dict[str, Client] = {}
        self._lookups: dict[str, Future[Hashable]] = {}
        self._processes = _Processes()

    def sender(self, client: connection.Client) -> Client:
        """Return who asks over a connection."""
        return self._clients.get(client.id) or Client(client.id)

    def client_connected(self, client: connection.Client) -> None:
        """Begin to find out who that is."""
        if client.id in self._clients:
            return
        found = self._worker.submit(
            self._processes.program, client.peername, client.sockname, time.monotonic()
        )
        self._lookups[client.id] = found
        self._clients[client.id] = Client(client.id, found.result)

    async def found(self, client: connection.Client) -> None:
        """Wait until it is known who is at the other end, as far as that can be."""
        if lookup := self._lookups.get(client.id):
            await asyncio.shield(asyncio.wrap_future(lookup))

    def client_disconnected(self, client: connection.Client) -> None:
        """Forget the connection; the program may have others."""
        self._clients.pop(client.id, None)
        self._lookups.pop(client.id, None)

    def act_for(self, client: connection.Client, other: connection.Client) -> None:
        """Take what comes over one connection for asked by whoever is at the other end of another."""
        self._clients[client.id] = self.sender(other)

    def done(self) -> None:
        """Let go of the thread."""
        self._worker.shutdown()


class _Processes:
    """Who has which connection. A look at all of them takes tens of milliseconds, so that lookups share one."""

    def __init__(self) -> None:
        self._looked = -1.0
        self._owners: dict[tuple[object, object], int] = {}

    def program(self, peer: _Address, here: _Address, connected: float) -> Hashable:
        """Return what identifies a program: its process, or its machine where it is another one; None if unknown.

        Args:
            peer: the program's end of the connection.
            here: our end.
            connected: when the connection was there (``time.monotonic``): who was looked at before
                does not know it.
        """
        if not peer or not here:
            return None
        if not ipaddress.ip_address(str(peer[0]).partition("%")[0]).is_loopback:
            return ("machine", peer[0])
        try:
            if self._looked < connected:
                self._look()
            number = self._owners.get((peer[:2], here[:2]))
            # A number is given to another process later: the moment of its start makes it unique.
            return ("process", number, psutil.Process(number).create_time()) if number else None
        except (psutil.Error, OSError):
            return None  # not ours to look at, or gone: its connection has to do

    def _look(self) -> None:
        looked = time.monotonic()
        self._owners = {
            (tuple(one.laddr[:2]), tuple(one.raddr[:2])): one.pid
            for one in psutil.net_connections(kind="tcp")
            if one.pid and one.raddr
        }
        self._looked = looked
