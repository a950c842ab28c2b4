"""A server that sends given bytes, whatever they are, to every request."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def raw_server(answer: bytes, *, closes: bool = False, byte_by_byte: bool = False) -> Iterator[str]:
    """Serve on a free port of this machine, and give the URL.

    Args:
        answer: what is sent to each request.
        closes: the connection is closed afterwards.
        byte_by_byte: each byte is sent by itself.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    open_now: set[socket.socket] = set()

    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError), connection:
            while _request_read(connection):
                for piece in _pieces(answer) if byte_by_byte else [answer]:
                    connection.sendall(piece)
                if closes:
                    return

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_now.add(connection)
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_now:
            connection.close()


def _pieces(answer: bytes) -> Iterator[bytes]:
    return (answer[at : at + 1] for at in range(len(answer)))


def _request_read(connection: socket.socket) -> bool:
    """Read one request; return False at the end of the connection."""
    unread = b""
    while b"\r\n\r\n" not in unread:
        if not (more := connection.recv(65536)):
            return False
        unread += more
    head, _, body = unread.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        if not (more := connection.recv(65536)):
            return False
        body += more
    return True
