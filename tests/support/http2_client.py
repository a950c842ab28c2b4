"""A client of HTTP/2 that sends what it is told to, rules or no rules."""

from __future__ import annotations

import socket
from typing import NamedTuple

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)

Fields = list[tuple[bytes, bytes]]


class Http2Request(NamedTuple):
    fields: Fields
    body: bytes | None = None
    trailers: Fields | None = None


class Http2Answer(NamedTuple):
    """What came of a request; status 0 if it was reset, or the connection ended."""

    status: int
    headers: Fields
    body: bytes
    trailers: Fields


def ask(connection: socket.socket, request: Http2Request) -> Http2Answer:
    """Make one request over a connection that speaks HTTP/2, and wait for what comes of it."""
    unchecked = H2Configuration(
        header_encoding=None,
        validate_outbound_headers=False,
        normalize_outbound_headers=False,
        validate_inbound_headers=False,
    )
    state = H2Connection(unchecked)
    state.initiate_connection()
    ends = request.body is None and request.trailers is None
    state.send_headers(1, request.fields, end_stream=ends)
    if request.body is not None:
        state.send_data(1, request.body, end_stream=request.trailers is None)
    if request.trailers is not None:
        state.send_headers(1, request.trailers, end_stream=True)
    connection.sendall(state.data_to_send())
    return _answer(connection, state)


def _answer(connection: socket.socket, state: H2Connection) -> Http2Answer:
    status, headers, body, trailers = 0, [], b"", []
    while data := connection.recv(65536):
        for event in state.receive_data(data):
            if isinstance(event, ResponseReceived):
                headers = [(bytes(name), bytes(value)) for name, value in event.headers]
                status = int(dict(headers)[b":status"])
            elif isinstance(event, DataReceived):
                body += event.data
            elif isinstance(event, TrailersReceived):
                trailers = [(bytes(name), bytes(value)) for name, value in event.headers]
            elif isinstance(event, StreamEnded):
                return Http2Answer(status, headers, body, trailers)
            elif isinstance(event, StreamReset | ConnectionTerminated):
                return Http2Answer(0, headers, body, trailers)
        connection.sendall(state.data_to_send())
    return Http2Answer(0, headers, body, trailers)
