"""As much HTTP/1.1 as client and upstream of the benchmarks need, at little cost to either."""

from __future__ import annotations

import re
import ssl

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_MORE = 1 << 18


class Messages:
    """Reads messages, each with its length in the head, from a connection."""

    def __init__(self, connection: ssl.SSLSocket) -> None:
        self._connection = connection
        self._rest = bytearray()

    def read(self) -> tuple[bytes, bytearray] | None:
        """Return a message's head and body; None where the connection has ended."""
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            if not (more := self._connection.recv(_MORE)):
                return None
            self._rest += more
        head = bytes(self._rest[: end + 4])
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if b"\r\ntransfer-encoding:" in head.lower():
            raise RuntimeError(f"a body without a length: {head!r}")
        body, self._rest = self._rest[end + 4 :], bytearray()
        if len(body) > length:
            self._rest = body[length:]
            del body[length:]
        self._fill(body, length)
        return head, body

    def _fill(self, body: bytearray, length: int) -> None:
        place = len(body)
        body.extend(bytes(length - place))
        with memoryview(body) as view:
            while place < length:
                size = self._connection.recv_into(view[place:])
                if not size:
                    raise ConnectionError(f"ended after {place} of {length} bytes")
                place += size
