"""Which program is at the other end of a connection: one that has several connections is still one client."""

from __future__ import annotations

import ipaddress
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor

import psutil
from mitmproxy import connection

from iai_proxy.replay import Asker


class Programs:
    """Addon that tells clients apart. It looks each up on a thread of its own while the connection is set up."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="iai-proxy-programs")
        self._askers: dict[str, Asker] = {}

    def asker(self, client: connection.Client) -> Asker:
        """Return who asks over a connection."""
        return self._askers.get(client.id) or Asker(client.id)

    def client_connected(self, client: connection.Client) -> None:
        """Begin to find out who that is."""
        if client.id in self._askers:
            return
        found = self._worker.submit(_program, client.peername, client.sockname)
        self._askers[client.id] = Asker(client.id, found.result)

    def client_disconnected(self, client: connection.Client) -> None:
        """Forget the connection; the program may have others."""
        self._askers.pop(client.id, None)

    def act_for(self, client: connection.Client, other: connection.Client) -> None:
        """Take what comes over one connection for asked by whoever is at the other end of another."""
        self._askers[client.id] = self.asker(other)

    def done(self) -> None:
        """Let go of the thread."""
        self._worker.shutdown()


def _program(peer: tuple[object, ...] | None, here: tuple[object, ...] | None) -> Hashable:
    """Return what identifies a program: its process, or its machine where it is another one; None if unknown."""
    if not peer or not here:
        return None
    if not ipaddress.ip_address(str(peer[0]).partition("%")[0]).is_loopback:
        return ("machine", peer[0])
    try:
        for one in psutil.net_connections(kind="tcp"):
            if one.pid and one.laddr[:2] == peer[:2] and one.raddr[:2] == here[:2]:
                # A number is given to another process later: the moment of its start makes it unique.
                return ("process", one.pid, psutil.Process(one.pid).create_time())
    except (psutil.Error, OSError):
        pass  # not ours to look at, or gone: its connection has to do
    return None
