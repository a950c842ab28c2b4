"""Tells clients apart: a program that has several connections is still one client.

A wrapped client is one client too, whatever processes it is made of: a shell script with a ``curl``
for each call, a pool of workers, a container. Its processes can't be told from their parents alone,
which may have ended; but a proxy that runs for one client has no others.
"""

from __future__ import annotations

from collections.abc import Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from iai_proxy.client.program import ConnectionOwners
from iai_proxy.player.values import Peer
from iai_proxy.replay import Client

#: The identity of whatever connects to a proxy that runs for a single client.
WRAPPED: Final = ("wrapped client",)


class ClientPrograms:
    """Finds the program of each client connection, on a thread of its own.

    Args:
        wrapped: the proxy runs for a single client, so that there is nothing to find.
    """

    def __init__(self, *, wrapped: bool = False) -> None:
        self._wrapped = wrapped
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="iai-proxy-programs")
        self._clients: dict[str, Client] = {}
        self._lookups: dict[str, Future[Hashable]] = {}
        self._owners = ConnectionOwners()

    def sender(self, connection: str) -> Client:
        """Return who sends what comes over a connection.

        Its ``identity`` waits for the program to be found.
        """
        if self._wrapped:
            return Client(connection, lambda: WRAPPED)
        return self._clients.get(connection) or Client(connection)

    def connected(self, peer: Peer) -> None:
        """Begin to find the program. Idempotent."""
        if self._wrapped or peer.connection in self._clients:
            return
        lookup = self._worker.submit(
            self._owners.program, peer.address, peer.here, peer.connected_s
        )
        self._lookups[peer.connection] = lookup
        self._clients[peer.connection] = Client(peer.connection, lookup.result)

    def lookup(self, connection: str) -> Future[Hashable] | None:
        """Return what is done once the program is known, as far as it can be."""
        return self._lookups.get(connection)

    def disconnected(self, connection: str) -> None:
        """Forget a connection; the program may have others. Idempotent."""
        self._clients.pop(connection, None)
        self._lookups.pop(connection, None)

    def act_for(self, connection: str, on_behalf_of: str) -> None:
        """Attribute what comes over one connection to the sender of another."""
        self._clients[connection] = self.sender(on_behalf_of)

    def close(self) -> None:
        """Stop the thread."""
        self._worker.shutdown()
