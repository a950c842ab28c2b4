"""Takes requests apart as they arrive: heads, bodies of known length, bodies in chunks."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Final

from iai_proxy.api import Headers
from iai_proxy.api.bounds import MOST_BODY, TOO_LARGE, TooLargeError
from iai_proxy.offline.streams import Stream
from iai_proxy.session.request_chunks import chunk_size, read_trailer, whole_line
from iai_proxy.session.request_fields import UnreadableError
from iai_proxy.session.request_heads import (
    BLANK_LINES,
    HEAD_END,
    HEAD_TOO_LARGE,
    MOST_HEAD,
    too_large,
)
from iai_proxy.text import size

#: A TLS record holds no more, so a read brings no more.
_PIECE: Final = 1 << 14
#: First byte of a TLS handshake (RFC 8446, section 5.1).
_HANDSHAKE: Final = 0x16


class Reader:
    """Reads a client's requests from a stream.

    Args:
        stream: what they come over.
        most: bytes that a body may have.
        begun: called when the first byte of a head is there.

    Attributes:
        began_ns: when the first byte of the last head was there (nanoseconds since the epoch).
    """

    def __init__(
        self, stream: Stream, most: int = MOST_BODY, begun: Callable[[], None] = lambda: None
    ) -> None:
        self._stream = stream
        self._most = most
        self._begun = begun
        self._piece = memoryview(bytearray(_PIECE))
        self._unread = bytearray()
        self.began_ns = 0

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing has come that was not taken."""
        return not self._unread

    def begins_with_tls(self) -> bool:
        """Wait for the first byte; return whether it is one of a TLS handshake."""
        return (bool(self._unread) or self._more()) and self._unread[0] == _HANDSHAKE

    def taken(self) -> bytes:
        """Return what was read and not used, for another reader of the same stream."""
        rest = bytes(self._unread)
        self._unread.clear()
        return rest

    def head(self) -> bytes | None:
        """Return the next head, with the empty line after it; None at the end.

        Empty lines before it are none of it (RFC 9112, section 2.2).

        Raises:
            UnreadableError: it is too large, or the stream ends within it.
        """
        if not self._started():
            return None
        self.began_ns = time.time_ns()
        self._begun()
        seen = 0
        while not (end := HEAD_END.search(self._unread, max(0, seen - 3))):
            seen = len(self._unread)
            if seen > MOST_HEAD:
                break
            if not self._more():
                raise UnreadableError(f"it ends within its head, after {seen} bytes")
        if not end or end.start() > MOST_HEAD:
            raise too_large()
        head = bytes(self._unread[: end.end()])
        del self._unread[: end.end()]
        return head

    def body(self, length: int) -> bytes:
        """Return the next bytes.

        Raises:
            UnreadableError: they are too many, or the stream ends before.
        """
        self._refuse_large(length)
        had = min(length, len(self._unread))
        # A buffer that gives its bytes away without a copy, which would cost as much as decrypting
        # them does.
        whole = io.BytesIO(bytes(length))
        with whole.getbuffer() as room:
            room[:had] = memoryview(self._unread)[:had]
            while had < length:
                count = self._stream.recv_into(room[had:])
                if not count:
                    raise UnreadableError(f"it ends after {had} of the {length} bytes of its body")
                had += count
        del self._unread[:length]
        return whole.getvalue()

    def has(self, length: int | None) -> bool:
        """Whether a body of this length has arrived; never for one in chunks."""
        return length is not None and len(self._unread) >= length

    def chunks(self) -> tuple[bytes, Headers]:
        """Return the next body, which comes in chunks, and its trailers (RFC 9112, section 7.1).

        Raises:
            UnreadableError: it has no such form, is too large, or the stream ends within it.
        """
        whole = io.BytesIO()  # a list would hold 50 bytes beside each chunk, which may be of one
        while length := chunk_size(self._line()):
            self._refuse_large(whole.tell() + length)
            whole.write(self.body(length))
            if self._line():
                raise UnreadableError("a chunk is longer than its size says")
        return whole.getvalue(), self._trailers()

    def _trailers(self) -> Headers:
        trailers: list[tuple[str, str]] = []
        left = MOST_HEAD
        while line := self._line():
            left -= len(line)
            if left < 0:
                raise UnreadableError(f"its trailers exceed {size(MOST_HEAD)}", HEAD_TOO_LARGE)
            trailers.append(read_trailer(line))
        return tuple(trailers)

    def _line(self) -> str:
        """Return the next line without its end."""
        seen = 0
        while (end := self._unread.find(b"\n", seen)) < 0:
            seen = len(self._unread)
            if seen > MOST_HEAD:
                raise UnreadableError("a line between chunks never ends")
            if not self._more():
                raise UnreadableError("it ends between chunks, before the last")
        line = bytes(self._unread[: end + 1])
        del self._unread[: end + 1]
        return whole_line(line)

    def _started(self) -> bool:
        """Wait for the first byte of a head; return False at the end."""
        while True:
            if blank := BLANK_LINES.match(self._unread):
                del self._unread[: blank.end()]
            if self._unread:
                return True
            if not self._more():
                return False

    def _more(self) -> bool:
        """Wait for more bytes; return False at the end."""
        count = self._stream.recv_into(self._piece)
        self._unread += self._piece[:count]
        return bool(count)

    def _refuse_large(self, length: int) -> None:
        if length > self._most:
            raise UnreadableError(str(TooLargeError.sent(self._most, length)), TOO_LARGE)
