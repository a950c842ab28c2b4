"""Tells clients apart: a program that has several connections is still one client.

A wrapped client is one client too, whatever processes it is made of: a shell script with a ``curl``
for each call, a pool of workers, a container. Its processes can't be told from their parents alone,
which may have ended; but a proxy that runs for one client has no others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from mitmproxy import connection

from iai_proxy.client.program import ConnectionOwners
from iai_proxy.replay import Client

#: The identity of whatever connects to a proxy that runs for a single client.
WRAPPED: Final = ("wrapped client",)


class ClientPrograms:
    """Addon that finds the program of each client connection, on a thread of its own.

    Args:
        wrapped: the proxy runs for a single client, so that there is nothing to find.
    """

    def __init__(self, *, wrapped: bool = False) -> None:
        self._wrapped = wrapped
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="iai-proxy-programs")
        self._clients: dict[str, Client] = {}
        self._lookups: dict[str, Future[Hashable]] = {}
        self._owners = ConnectionOwners()

    def sender(self, client: connection.Client) -> Client:
        """Return who sends what comes over a connection."""
        if self._wrapped:
            return Client(client.id, lambda: WRAPPED)
        return self._clients.get(client.id) or Client(client.id)

    def client_connected(self, client: connection.Client) -> None:
        """Begin to find the program."""
        if self._wrapped or client.id in self._clients:
            return
        lookup = self._worker.submit(
            self._owners.program, client.peername, client.sockname, time.monotonic()
        )
        self._lookups[client.id] = lookup
        self._clients[client.id] = Client(client.id, lookup.result)

    async def looked_up(self, client: connection.Client) -> None:
        """Wait until the program is known, as far as it can be."""
        if lookup := self._lookups.get(client.id):
            await asyncio.shield(asyncio.wrap_future(lookup))

    def client_disconnected(self, client: connection.Client) -> None:
        """Forget the connection; the program may have others."""
        self._clients.pop(client.id, None)
        self._lookups.pop(client.id, None)

    def act_for(self, client: connection.Client, on_behalf_of: connection.Client) -> None:
        """Attribute what comes over one connection to the sender of another."""
        self._clients[client.id] = self.sender(on_behalf_of)

    def done(self) -> None:
        """Stop the thread."""
        self._worker.shutdown()
