"""Reads a body whose length is known (RFC 9112, section 6.2) in one piece."""

from __future__ import annotations

import h11
from h11._receivebuffer import ReceiveBuffer


class WholeBody:
    """Reader of one body, with the interface of h11's readers.

    Theirs hands on each piece that arrives, which is copied six times and passes every layer. No
    one needs a part of a body.

    Args:
        length: of the body in bytes.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._left = length

    def __call__(self, buffer: ReceiveBuffer) -> h11.Data | h11.EndOfMessage | None:
        """Take the body once all of it is there; what comes after it is left in the buffer."""
        if not self._left:
            return h11.EndOfMessage()
        if len(buffer) < self._length:
            return None
        return h11.Data(data=self.rest(buffer))

    def rest(self, buffer: ReceiveBuffer) -> bytes:
        """Take as much of the body as there is."""
        # The buffer's own methods would copy it three times.
        data = bytes(memoryview(buffer._data)[: self._left])
        del buffer._data[: self._left]
        self._left -= len(data)
        return data

    def read_eof(self) -> h11.EndOfMessage:
        """Take the end of the connection.

        Raises:
            h11.RemoteProtocolError: always, as more was to come.
        """
        raise h11.RemoteProtocolError(
            "peer closed connection without sending complete message body "
            f"(received {self._length - self._left} bytes, expected {self._length})"
        )
