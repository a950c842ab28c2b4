"""mitmproxy's HTTP/1 connections to servers, made to read what clients read directly.

They take any head that a client takes (:mod:`~iai_proxy.proxy.answer_heads`), skip interim answers,
read chunks as clients do (:mod:`~iai_proxy.proxy.chunks`), and hand trailers on, which mitmproxy's
own "crash" on.
"""

from __future__ import annotations

from typing import Any, Final, cast

from h11._readers import Http10Reader
from mitmproxy import http
from mitmproxy.net.http import http1
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.http._base import HttpEvent, ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    RequestEndOfMessage,
    RequestHeaders,
    RequestTrailers,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
    ResponseTrailers,
)
from mitmproxy.proxy.layers.http._http1 import (
    Http1Client,
    Http1Connection,
    TBodyReader,
    make_body_reader,
)

from iai_proxy.proxy.answer_heads import is_interim, read_answer_head
from iai_proxy.proxy.chunks import Chunks
from iai_proxy.proxy.cut_connections import was_cut
from iai_proxy.proxy.whole_body import WholeBody

#: What mitmproxy ends a chunked body with.
_END: Final = b"0\r\n\r\n"
#: Bytes that the head of an answer has at most; curl takes 300 KB.
_MOST_HEAD: Final = 1 << 18
#: Bytes of an unreadable head that are shown.
_SHOWN: Final = 100


class BrokenHeadError(ResponseProtocolError):
    """The server sent something that is no head of an answer."""


class WithTrailers(Http1Connection):
    """A connection that hands trailers on."""

    ReceiveTrailers: type[RequestTrailers | ResponseTrailers]
    _trailers: http.Headers | None = None

    def send(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """Send a piece of a message; its trailers wait for its end."""
        if isinstance(event, RequestTrailers | ResponseTrailers):
            self._trailers = event.trailers
            return
        trailers = None
        if _is_end(event):
            trailers, self._trailers = self._trailers, None
        for command in super().send(event):
            if trailers and isinstance(command, commands.SendData) and command.data == _END:
                command.data = b"0\r\n" + bytes(trailers) + b"\r\n"
            yield command

    def read_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Read a body; hand on its trailers before its end."""
        reader: Any = self.body_reader
        if isinstance(event, events.ConnectionClosed) and isinstance(reader, WholeBody):
            yield from self._cut_short(reader.rest(self.buf))
        for command in super().read_body(event):
            trailers = reader.trailers if isinstance(reader, Chunks) else None
            if trailers and isinstance(command, ReceiveHttp) and _is_end(command.event):
                yield ReceiveHttp(self.ReceiveTrailers(command.event.stream_id, trailers))
            yield command

    def _cut_short(self, rest: bytes) -> layer.CommandGenerator[None]:
        """Hand on what has arrived of a body."""
        if rest and self.stream_id is not None:
            yield ReceiveHttp(self.ReceiveData(self.stream_id, rest))


def body_reader(size: int | None) -> TBodyReader:
    """Return what reads a body of ``size`` bytes; None for chunks, -1 for the whole connection."""
    if size is None:
        return cast(TBodyReader, Chunks())
    return cast(TBodyReader, WholeBody(size)) if size >= 0 else make_body_reader(size)


def _is_end(event: HttpEvent) -> bool:
    return isinstance(event, RequestEndOfMessage | ResponseEndOfMessage)


class AnsweringConnection(WithTrailers, Http1Client):
    """A connection over which a server answers."""

    ReceiveTrailers = ResponseTrailers

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Go on until there is an error; what comes after that is no one's."""
        for command in super()._handle_event(event):
            if isinstance(command, ReceiveHttp) and isinstance(
                command.event, ResponseProtocolError
            ):
                self.state = self.done
            yield command

    def send(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """Send a piece of a request, so that the server can tell where it ends."""
        if isinstance(event, RequestHeaders):
            request = _framed(event.request, by_url=self.context.server.via is not None)
            event = RequestHeaders(event.stream_id, request, event.end_stream)
        yield from super().send(event)

    def read_headers(self, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """Read the head of an answer once it is there."""
        if self.request is None or self.stream_id is None:
            yield from super().read_headers(event)
        elif isinstance(event, events.DataReceived):
            yield from self._read_answer(event, self.request, self.stream_id)
        elif self.buf:
            sent = bytes(self.buf)[:_SHOWN]
            yield from self._broken(self.stream_id, f"it ended within its head, {sent!r}")
        else:
            yield from super().read_headers(event)

    def read_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Read a piece of a body; one that lasts until the end is not whole if that is a cut."""
        lasts = isinstance(self.body_reader, Http10Reader)
        if lasts and isinstance(event, events.ConnectionClosed) and was_cut(self.conn):
            message = "the connection was cut, and only its end says where the answer ends"
            yield from self._broken(self.stream_id or 0, message)
            return
        yield from super().read_body(event)

    def make_pipe(self) -> layer.CommandGenerator[None]:
        """Go on with another protocol, if one was offered."""
        if self.request is not None and "upgrade" in self.request.headers:
            yield from super().make_pipe()
        else:
            yield commands.CloseConnection(self.conn)
            self.state = self.done

    def _read_answer(
        self, event: events.DataReceived, request: http.Request, stream_id: int
    ) -> layer.CommandGenerator[None]:
        try:
            response = self._next_head()
            if response is None:
                if len(self.buf) > _MOST_HEAD:
                    yield from self._broken(stream_id, f"its head has over {_MOST_HEAD} bytes")
                return
            size = http1.expected_http_body_size(request, response)
        except ValueError as error:
            yield from self._broken(stream_id, str(error))
            return
        self.response = response
        yield ReceiveHttp(ResponseHeaders(stream_id, response, size == 0))
        self.body_reader = body_reader(size)
        self.state = self.read_body
        yield from self.state(event)

    def _next_head(self) -> http.Response | None:
        """Take the head of an answer, and the interim ones before it, which are dropped."""
        while (lines := self.buf.maybe_extract_lines()) is not None:
            response = read_answer_head([bytes(line) for line in lines])
            if not is_interim(response):
                return response
        return None

    def _broken(self, stream_id: int, message: str) -> layer.CommandGenerator[None]:
        yield commands.CloseConnection(self.conn)
        yield ReceiveHttp(BrokenHeadError(stream_id, message, code=ResponseProtocolError.code))


def _framed(request: http.Request, *, by_url: bool) -> http.Request:
    """Return a request as HTTP/1 has it: its body has a length, or comes in chunks.

    One of HTTP/2 needs neither, and mitmproxy would add none: a server would take its body for the
    next request.

    Args:
        request: in whatever version.
        by_url: it goes to a proxy, which is told the host by the target.
    """
    if not (request.is_http2 or request.is_http3):
        if not by_url:
            request.authority = ""
        return request
    request = request.copy()
    if request.trailers:
        request.headers.pop("content-length", None)
        request.headers["transfer-encoding"] = "chunked"
    elif request.raw_content:
        request.headers["content-length"] = str(len(request.raw_content))
    return request
