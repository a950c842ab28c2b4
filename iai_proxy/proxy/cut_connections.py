"""Which connections were cut: their end says nothing of whether all was sent.

mitmproxy tells its layers only that a connection has ended. An answer that lasts until then is
whole if the server ended it (FIN; within TLS a close_notify), and a part of one after a reset.
"""

from __future__ import annotations

from typing import Final
from weakref import WeakSet

from mitmproxy.connection import Connection

_CUT: Final[WeakSet[Connection]] = WeakSet()


def note_cut(connection: Connection) -> None:
    """Note that a connection was cut."""
    _CUT.add(connection)


def was_cut(connection: Connection) -> bool:
    """Whether a connection was cut, and not ended by who sends."""
    return connection in _CUT
