"""An upstream that reads requests strictly (RFC 9112), and keeps all that it got.

What it gets is either whole requests that no two readers can take for different ones, or it is
kept as odd.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(%b) ([^\x00-\x20\x7f]+) HTTP/1\.[01]" % _TOKEN)
_FIELD = re.compile(rb"(%b): ?([^\x00-\x08\x0a-\x1f\x7f]*)" % _TOKEN)


class Got(NamedTuple):
    """A request; names of headers are in lower case."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass
class StrictUpstream:
    url: str
    requests: list[Got] = field(default_factory=list)
    odd: list[bytes] = field(default_factory=list)


class OddError(Exception):
    """Bytes that are no request, or that could be read in two ways."""


@contextmanager
def strict_server() -> Iterator[StrictUpstream]:
    """Serve on a free port of this machine; at the end, all that came has been read."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen = StrictUpstream(f"http://127.0.0.1:{listener.getsockname()[1]}")
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            _read_all(connection, seen)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=serve, args=(connection,), daemon=True))
                threads[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield seen
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in [accepting, *threads]:
            thread.join(timeout=20)


def _read_all(connection: socket.socket, seen: StrictUpstream) -> None:
    unread = b""
    while True:
        try:
            taken = strictly_read(unread)
        except OddError:
            seen.odd.append(unread)
            return
        if taken is not None:
            got, unread = taken
            seen.requests.append(got)
            connection.sendall(ANSWER)
            continue
        more = connection.recv(65536)
        if not more:
            if unread:
                seen.odd.append(unread)
            return
        unread += more


def strictly_read(data: bytes) -> tuple[Got, bytes] | None:
    """Read one request; return it and what comes after it, or None where more has to come.

    Raises:
        OddError: it is none, or could be read in two ways.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None
    first, *lines = head.split(b"\r\n")
    found = _REQUEST_LINE.fullmatch(first)
    if not found:
        raise OddError(first)
    headers = tuple(_field(line) for line in lines)
    for name in ("host", "content-length", "transfer-encoding", "connection"):
        if len([1 for key, _ in headers if key == name]) > 1:
            raise OddError(name)
    framing = dict(headers)
    if "host" not in framing or {"content-length", "transfer-encoding"} <= framing.keys():
        raise OddError(head)
    body = _body(framing, rest)
    if body is None:
        return None
    method, target = found[1].decode(), found[2].decode("utf-8", "surrogateescape")
    return Got(method, target, headers, body[0]), body[1]


def _field(line: bytes) -> tuple[str, str]:
    found = _FIELD.fullmatch(line)
    if not found:
        raise OddError(line)
    return found[1].decode().lower(), found[2].decode("latin-1")


def _body(framing: dict[str, str], rest: bytes) -> tuple[bytes, bytes] | None:
    """Return a body, and what comes after it; None where more has to come."""
    if "transfer-encoding" in framing:
        if framing["transfer-encoding"] != "chunked":
            raise OddError(framing["transfer-encoding"])
        return _chunks(rest)
    length = framing.get("content-length", "0")
    if not re.fullmatch("0|[1-9][0-9]*", length):
        raise OddError(length)
    return (rest[: int(length)], rest[int(length) :]) if len(rest) >= int(length) else None


def _chunks(rest: bytes) -> tuple[bytes, bytes] | None:
    body = b""
    while True:
        line, end, rest = rest.partition(b"\r\n")
        if not end:
            return None
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", line):
            raise OddError(line)
        size = int(line, 16)
        if not size:
            trailers, end, rest = (b"\r\n" + rest).partition(b"\r\n\r\n")
            for trailer in trailers.split(b"\r\n")[1:]:
                _field(trailer)
            return (body, rest) if end else None
        if len(rest) < size + 2:
            return None
        if rest[size : size + 2] != b"\r\n":
            raise OddError(rest[size : size + 2])
        body, rest = body + rest[:size], rest[size + 2 :]
