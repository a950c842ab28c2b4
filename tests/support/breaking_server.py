"""A server that answers with given bytes and then ends the connection in a given way."""

from __future__ import annotations

import fcntl
import socket
import ssl
import struct
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from pathlib import Path


class End(Enum):
    FIN = auto()  #: all was sent; within TLS after a close_notify
    RESET = auto()  #: TCP is reset
    CUT = auto()  #: TCP ends, and TLS does not say that all was sent


@contextmanager
def breaking_server(
    answer: bytes,
    end: End,
    certificate: Path | None = None,
    until: bytes = b"\r\n\r\n",
    port: int = 0,
) -> Iterator[str]:
    """Serve on this machine, and give the URL.

    Args:
        answer: what is sent.
        end: how the connection ends afterwards.
        certificate: for TLS; None for none.
        until: what a request ends in.
        port: where; 0 for a free one.
    """
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", port))

    def accept() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                threading.Thread(target=serve, args=(plain,), daemon=True).start()

    def serve(plain: socket.socket) -> None:
        with suppress(OSError), plain:
            connection = plain
            if context:
                connection = context.wrap_socket(plain, server_side=True)
            unread = b""
            while not unread or until not in unread:
                more = connection.recv(65536)
                if not more:
                    return
                unread += more
            connection.sendall(answer)
            _end(connection, end)

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    port = listener.getsockname()[1]
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{port}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(timeout=20)


def _end(connection: socket.socket, end: End) -> None:
    if end is End.RESET:
        while int.from_bytes(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)), sys.byteorder):
            time.sleep(0.001)  # until it has arrived: a reset takes back what is on its way
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif end is End.FIN and isinstance(connection, ssl.SSLSocket):
        connection.unwrap().close()
        return
    elif end is End.FIN:
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)
    connection.close()
