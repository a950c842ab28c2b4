"""Reads a request's body in chunks as strictly as its head."""

from __future__ import annotations

import h11
from h11._receivebuffer import ReceiveBuffer

from iai_proxy.proxy.chunks import Chunks
from iai_proxy.session.request_chunks import chunk_size, read_trailer, whole_line
from iai_proxy.session.request_fields import UnreadableError


class RequestChunks(Chunks):
    """Reader of one request's body, with the interface of h11's readers."""

    def __call__(self, buffer: ReceiveBuffer) -> h11.Data | h11.EndOfMessage | None:
        """Take what has arrived; what comes after the body is left in the buffer.

        Raises:
            h11.RemoteProtocolError: it can't be read, or could be read in two ways.
        """
        try:
            return super().__call__(buffer)
        except UnreadableError as error:
            raise h11.RemoteProtocolError(error.reason) from None

    def read_eof(self) -> h11.EndOfMessage:
        """Take the end of the connection.

        Raises:
            h11.RemoteProtocolError: always, as more was to come.
        """
        raise h11.RemoteProtocolError("the connection ended before the body was whole")

    def _without_end(self, line: bytes) -> bytes:
        return whole_line(line).encode("latin-1")

    def _size(self, line: bytes) -> int:
        return chunk_size(line.decode("latin-1"))

    def _keep_trailer(self, line: bytes) -> None:
        name, value = read_trailer(line.decode("latin-1"))
        self.trailers.add(name.encode("latin-1"), value.encode("latin-1"))
