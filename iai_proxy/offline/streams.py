"""Bytes to and from a client: of a socket, or through TLS in memory.

Every read acknowledges at once what has come. A client that leaves Nagle's algorithm on, as the
Python SDK does, keeps the last piece of a request back until then, which Linux delays by 40 ms; the
option does not last, so it is set for each read (tcp(7)).

TLS works on buffers, and not on the socket, so that it can also run inside other TLS (a client that
speaks TLS to its proxy), and take bytes that were read before it began. It is no slower: a read of
the socket brings several TLS records, where ``SSLSocket`` makes two for each (0.43 against 0.48 ms
of CPU for a call of 325 KB each way).
"""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
import time
from typing import Final, Protocol

#: Bytes that are taken from the inner stream at once.
_READ_BYTES: Final = 1 << 16
#: Bytes that are encrypted before they are sent: a few records. In larger pieces, memory would go
#: to the system and come back with every answer.
_WRITE_BYTES: Final = 1 << 16
#: How long a client may take to take what is sent at a time, in seconds.
_SEND_S: Final = 600.0
#: A day; a system may not wait longer.
_LONGEST_S: Final = 86_400.0

_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)  # Linux only


class Stream(Protocol):
    """What requests come over."""

    def recv_into(self, buffer: memoryview, /) -> int:
        """Wait for bytes and put them into the buffer; return how many, 0 at the end."""

    def sendall(self, data: bytes | memoryview, /) -> None:
        """Send all bytes."""


class SocketStream:
    """A connected socket that keeps no client waiting, and waits for none for ever."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._until = math.inf
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # it may wait for long

    def allow(self, seconds: float) -> None:
        """Give the client so many seconds, from now on, for all that it is to send."""
        self._until = time.monotonic() + seconds

    def sendall(self, data: bytes | memoryview, /) -> None:
        """Send all bytes.

        Raises:
            TimeoutError: the client does not take them.
        """
        self._socket.settimeout(_SEND_S)
        self._socket.sendall(data)

    def recv_into(self, buffer: memoryview, /) -> int:
        """Wait for bytes and put them into the buffer; return how many, 0 at the end.

        Raises:
            TimeoutError: the client has had the time that it is allowed.
        """
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._socket.settimeout(min(left_s, _LONGEST_S))
        if _QUICKACK is not None:
            with contextlib.suppress(OSError):  # a failure here only costs time
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        return self._socket.recv_into(buffer)


class TlsStream:
    """The server's side of TLS over another stream.

    Args:
        inner: carries the records.
        context: has the certificate.
        taken: what was read of the inner stream already.

    Attributes:
        has_answered: whether the client has been sent our certificate.
    """

    def __init__(self, inner: Stream, context: ssl.SSLContext, taken: bytes = b"") -> None:
        self._inner = inner
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._incoming.write(taken)
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._records = memoryview(bytearray(_READ_BYTES))
        self.has_answered = False

    @property
    def context(self) -> ssl.SSLContext:
        """The TLS settings in use: those of the host that the client has named."""
        return self._tls.context

    def handshake(self) -> None:
        """Agree on keys.

        Raises:
            ssl.SSLError: the client breaks off, or speaks no TLS that is spoken here.
            OSError: it is gone.
        """
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self.has_answered = self._outgoing.pending > 0 or self.has_answered
                self._flush()
                if not self._more():
                    self._incoming.write_eof()
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    self._flush()  # an alert, which says why
                raise
            else:
                self._flush()
                return

    def recv_into(self, buffer: memoryview, /) -> int:
        """Wait for bytes and put them into the buffer; return how many, 0 at the end.

        Raises:
            ssl.SSLError: a record is broken.
        """
        while True:
            try:
                # With a buffer it returns a count, whatever its type says.
                return int(self._tls.read(len(buffer), buffer))
            except ssl.SSLWantReadError:
                if not self._more():
                    return 0

    def sendall(self, data: bytes | memoryview, /) -> None:
        """Send all bytes."""
        rest = memoryview(data)
        while rest:
            written = self._tls.write(rest[:_WRITE_BYTES])
            rest = rest[written:]
            self._flush()

    def close(self) -> None:
        """Tell the client that nothing more comes."""
        with contextlib.suppress(ssl.SSLError, OSError):
            try:
                self._tls.unwrap()
            finally:
                self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._inner.sendall(self._outgoing.read())

    def _more(self) -> bool:
        """Wait for more records; return False at the end."""
        count = self._inner.recv_into(self._records)
        self._incoming.write(self._records[:count])
        return bool(count)
