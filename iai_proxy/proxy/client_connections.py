"""Tells what knows the client programs of mitmproxy's connections."""

from __future__ import annotations

import asyncio

from mitmproxy import connection
from mitmproxy.proxy import mode_specs

from iai_proxy.player import Peer
from iai_proxy.player.client_programs import ClientPrograms


def peer_of(client: connection.Client) -> Peer:
    """Return a client connection as the player knows it."""
    is_reverse = isinstance(client.proxy_mode, mode_specs.ReverseMode)
    return Peer(client.id, client.peername, client.sockname, is_reverse)


class ClientConnections:
    """Addon that has the program of each client connection found.

    Args:
        programs: finds and knows them.
    """

    def __init__(self, programs: ClientPrograms) -> None:
        self.programs = programs

    def client_connected(self, client: connection.Client) -> None:
        """Begin to find the program."""
        self.programs.connected(peer_of(client))

    async def looked_up(self, client: connection.Client) -> None:
        """Wait until the program is known, as far as it can be."""
        if lookup := self.programs.lookup(client.id):
            await asyncio.shield(asyncio.wrap_future(lookup))

    def client_disconnected(self, client: connection.Client) -> None:
        """Forget the connection; the program may have others."""
        self.programs.disconnected(client.id)

    def act_for(self, client: connection.Client, on_behalf_of: connection.Client) -> None:
        """Attribute what comes over one connection to the sender of another."""
        self.programs.act_for(client.id, on_behalf_of.id)

    def done(self) -> None:
        """Stop the thread that finds programs."""
        self.programs.close()
