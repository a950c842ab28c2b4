"""Reads answers in chunks (RFC 9112, section 7.1) as clients do, with whatever they let pass.

``requests``, urllib3 and curl take lines that end in LF alone, blanks around a size, trailers, and
an end without the last blank line. h11, with which mitmproxy reads, takes none of the first three.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

import h11
from h11._receivebuffer import ReceiveBuffer
from mitmproxy import http

from iai_proxy.api.headers import NAME
from iai_proxy.text import printable

_NAME: Final = re.compile(NAME.encode())
#: What some take for the end of a line.
_LINE_ENDS: Final = re.compile(rb"[\x00\r]")
_SIZE: Final = re.compile(rb"[0-9a-fA-F]{1,15}")
#: Chunks of up to 15 bytes, as they are usually written: read one after the other, 2 MB in chunks
#: of a byte would take seconds.
_SMALL: Final = rb"|".join(rb"[%x%X]\r\n(.{%d})\r\n" % (size, size, size) for size in range(1, 16))
_ANY_SMALL: Final = re.compile(_SMALL, re.DOTALL)
_MANY_SMALL: Final = re.compile(rb"(?:%s)++" % _SMALL.replace(b"(", b"(?:"), re.DOTALL)
_THEIR_DATA: Final = b"".join(rb"\%d" % number for number in range(1, 16))
#: A size with its extensions, or a trailer, is never longer.
_LONGEST_LINE: Final = 65536


class _State(Enum):
    SIZE = auto()  #: the line with a chunk's size is next
    DATA = auto()  #: the rest of a chunk's data is next
    DATA_END = auto()  #: the line end after a chunk's data is next
    TRAILERS = auto()  #: trailers, or the blank line that ends the body, are next


class Chunks:
    """Reader of one chunked body, with the interface of h11's readers.

    Attributes:
        trailers: the fields after the last chunk, names in lower case.
    """

    def __init__(self) -> None:
        self.trailers = http.Headers()
        self._state = _State.SIZE
        self._unread = bytearray()
        self._left = 0  # bytes of the chunk under way

    def __call__(self, buffer: ReceiveBuffer) -> h11.Data | h11.EndOfMessage | None:
        """Take what has arrived; what comes after the body is left in the buffer.

        Raises:
            h11.RemoteProtocolError: it is not chunked.
        """
        self._unread += buffer.maybe_extract_at_most(len(buffer)) or b""
        data = bytearray()
        while self._state is not _State.TRAILERS:
            if not self._step(data):
                return h11.Data(data=bytes(data)) if data else None
        if data:
            return h11.Data(data=bytes(data))
        while (line := self._line()) is not None:
            if not line:
                buffer += self._unread
                return h11.EndOfMessage()
            self._keep_trailer(line)
        return None

    def read_eof(self) -> h11.EndOfMessage:
        """Take the end of the connection; after the last chunk it is that of the body.

        Raises:
            h11.RemoteProtocolError: more was to come.
        """
        if self._state is _State.TRAILERS:
            return h11.EndOfMessage()
        missing = f"{self._left} bytes of a chunk" if self._left else "the last chunk"
        raise h11.RemoteProtocolError(f"the connection ended before {missing} came")

    def _step(self, data: bytearray) -> bool:
        """Take the next piece, add its data; return False where more has to arrive first."""
        if self._state is _State.DATA:
            data += self._unread[: self._left]
            taken = min(self._left, len(self._unread))
            del self._unread[:taken]
            self._left -= taken
            if self._left:
                return False
            self._state = _State.DATA_END
            return True
        if self._state is _State.SIZE:
            self._take_small(data)
        line = self._line()
        if line is None:
            return False
        if self._state is _State.DATA_END:
            if line:
                raise h11.RemoteProtocolError("a chunk is longer than its size says")
            self._state = _State.SIZE
        else:
            self._left = self._size(line)
            self._state = _State.DATA if self._left else _State.TRAILERS
        return True

    def _take_small(self, data: bytearray) -> None:
        """Take small chunks that have arrived whole, add their data."""
        if found := _MANY_SMALL.match(self._unread):
            data += _ANY_SMALL.sub(_THEIR_DATA, found[0])
            end = found.end()
            del found  # it holds the bytes where they are
            del self._unread[:end]

    def _line(self) -> bytes | None:
        """Take a line without its end; None if it has not arrived whole."""
        end = self._unread.find(b"\n")
        if end < 0:
            if len(self._unread) > _LONGEST_LINE:
                raise h11.RemoteProtocolError("a line between chunks never ends")
            return None
        line = bytes(self._unread[: end + 1])
        del self._unread[: end + 1]
        return self._without_end(line)

    def _without_end(self, line: bytes) -> bytes:
        return line[:-1].removesuffix(b"\r")

    def _size(self, line: bytes) -> int:
        size = line.partition(b";")[0].strip()
        if not _SIZE.fullmatch(size):
            shown = printable(line[:40].decode("latin-1"))
            raise h11.RemoteProtocolError(f"a chunk's size can't be read: {shown!r}")
        return int(size, 16)

    def _keep_trailer(self, line: bytes) -> None:
        name, colon, value = line.partition(b":")
        name = name.strip()
        if colon and _NAME.fullmatch(name):
            self.trailers.add(name.lower(), _LINE_ENDS.sub(b" ", value).strip())
