"""Which program is at the other end of a connection."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Hashable

_Address = tuple[object, ...] | None


class ConnectionOwners:
    """Finds the owners of connections.

    A look at all of the machine's connections takes tens of milliseconds, so lookups share one.
    """

    def __init__(self) -> None:
        self._looked = -1.0
        self._owners: dict[tuple[object, object], int] = {}

    def program(self, peer: _Address, here: _Address, connected: float) -> Hashable:
        """Return what identifies a program, or None if that is unknown.

        That is its process or, if it runs on another machine, that machine.

        Args:
            peer: the program's end of the connection.
            here: our end.
            connected: when the connection was made (``time.monotonic``); an earlier look does not
                know it.
        """
        if not peer or not here:
            return None
        if not ipaddress.ip_address(str(peer[0]).partition("%")[0]).is_loopback:
            return ("machine", peer[0])
        import psutil  # here, as a wrapped client needs no look

        try:
            if self._looked < connected:
                self._look()
            pid = self._owners.get((peer[:2], here[:2]))
            # A process id is used again later: the time of its start makes it unique.
            return ("process", pid, psutil.Process(pid).create_time()) if pid else None
        except (psutil.Error, OSError):
            return None  # not ours to look at, or gone: its connection has to do

    def _look(self) -> None:
        import psutil

        looked = time.monotonic()
        self._owners = {
            (tuple(found.laddr[:2]), tuple(found.raddr[:2])): found.pid
            for found in psutil.net_connections(kind="tcp")
            if found.pid and found.raddr
        }
        self._looked = looked
