"""A server that speaks nothing but HTTP/2 over TLS, and says what it is told to."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived, StreamEnded
from h2.exceptions import ProtocolError

#: Answers a request: the connection to answer over, the number of its stream, its path.
Answer = Callable[[H2Connection, int, str], None]

HEAD = [(":status", "200"), ("content-type", "application/json")]


@contextmanager
def http2_server(certificate: Path, answer: Answer) -> Iterator[str]:
    """Serve on a free port of this machine, and give the URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(plain: socket.socket) -> None:
        with (
            suppress(OSError, ProtocolError),
            context.wrap_socket(plain, server_side=True) as connection,
        ):
            _converse(connection, answer)

    def accept() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                threading.Thread(target=serve, args=(plain,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _converse(connection: ssl.SSLSocket, answer: Answer) -> None:
    # Unchecked, so that it can break rules.
    state = H2Connection(H2Configuration(client_side=False, validate_outbound_headers=False))
    state.initiate_connection()
    connection.sendall(state.data_to_send())
    paths: dict[int, str] = {}
    while data := connection.recv(65536):
        for event in state.receive_data(data):
            if isinstance(event, RequestReceived):
                fields = dict(event.headers)
                paths[event.stream_id] = (fields.get(b":path") or fields[":path"].encode()).decode()
            elif isinstance(event, StreamEnded):
                answer(state, event.stream_id, paths[event.stream_id])
        connection.sendall(state.data_to_send())
