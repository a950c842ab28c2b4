"""Sockets that listen."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import ExitStack
from typing import Final

from iai_proxy.settings.listen import Address, cant_listen

#: Connections that may wait to be accepted.
_BACKLOG: Final = 256
#: Where a system can't wake the thread that waits for a connection, it looks up this often (s).
_LOOK_UP_S: Final = 0.2
#: What an address that this machine does not have is refused with: say IPv6, where it is off.
_ABSENT: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


def listeners_on(address: Address | None, flag: str, opened: ExitStack) -> list[socket.socket]:
    """Listen on an address, or on all that its name stands for.

    Args:
        address: None for nowhere; port 0 for any that is free.
        flag: the one that sets the address.
        opened: closes the sockets again.

    Raises:
        UsageError: it can't be listened on.
    """
    if address is None:
        return []
    listeners: list[socket.socket] = []
    port = address.port
    try:
        found = socket.getaddrinfo(
            address.host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, where in dict.fromkeys(found):
            try:
                listeners.append(
                    opened.enter_context(_listener(family, (where[0], port, *where[2:])))
                )
            except OSError as error:
                if error.errno not in _ABSENT or (not listeners and where == found[-1][4]):
                    raise
            else:
                port = listeners[0].getsockname()[1]
    except OSError as error:
        raise cant_listen(address, _reason(error), flag) from error
    return listeners


def name_of(listeners: list[socket.socket]) -> Address | None:
    """Return the address of the first socket, or None."""
    if not listeners:
        return None
    host, port = listeners[0].getsockname()[:2]
    return Address(host, port)


def _listener(family: int, where: tuple[str | int, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two programs have one port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(where)
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    made.settimeout(_LOOK_UP_S)
    return made


def _reason(error: OSError) -> str:
    """Say why an address can't be listened on; a name look-up's numbers are below 0."""
    number = error.errno or 0
    return os.strerror(number) if number > 0 else str(error).rpartition("] ")[2]
