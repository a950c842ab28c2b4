"""mitmproxy's HTTP/2 connections, made to keep to what HTTP/1 can carry.

Up to version 4.1 the library beneath passes line ends in names and values on, which over HTTP/1
make requests, and answers, of their own (CVE-2025-57804). Here the rules are ours, whatever its
version: a request that breaks them gets a sentence, an answer is a broken one.

A server that says goodbye (GOAWAY) still answers what it has taken (RFC 9113, section 6.8).
"""

from __future__ import annotations

import re
import time
from typing import Any, ClassVar, Final

import h2.config
import h2.events
from hyperframe.frame import GoAwayFrame
from mitmproxy import http
from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http._base import ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    RequestHeaders,
    RequestProtocolError,
    ResponseProtocolError,
)
from mitmproxy.proxy.layers.http._http2 import (
    Http2Client,
    Http2Connection,
    Http2Server,
    StreamState,
)
from mitmproxy.proxy.layers.http._http_h2 import BufferedH2Connection

from iai_proxy.proxy.fail_closed import refusal
from iai_proxy.session.http2_heads import (
    Http2Head,
    check_http2_length,
    read_http2_head,
    read_http2_trailers,
)
from iai_proxy.session.request_fields import UnreadableError, shown
from iai_proxy.session.request_targets import read_authority

#: What ends a line, or is taken for its end (RFC 9113, section 8.2.1).
_LINE_ENDS: Final = re.compile(rb"[\x00\r\n]")
#: RFC 9110, section 15.
_STATUS: Final = re.compile(rb"[1-9][0-9]{2}")
#: What a ping holds.
_STILL_THERE: Final = b"leaving?"
_PORTS: Final = {"http": 80, "https": 443}


class AskingHttp2(Http2Server):
    """A connection over which a client asks."""

    _settings: ClassVar[dict[str, Any]] = {**Http2Connection.h2_conf_defaults}
    h2_conf = h2.config.H2Configuration(**_settings, client_side=False)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.h2_conf.validate_inbound_headers = False  # that is done here
        #: By stream: the length that a head gives, and the bytes of its body that have come.
        self._lengths: dict[int, tuple[int, int]] = {}

    def handle_h2_event(self, event: h2.events.Event) -> layer.CommandGenerator[bool]:
        """Pass on what is well-formed."""
        if isinstance(event, h2.events.RequestReceived | h2.events.TrailersReceived):
            try:
                if isinstance(event, h2.events.RequestReceived):
                    yield from self._read(event)
                    return False
                read_http2_trailers(event.headers)
                check_http2_length(*self._lengths.get(event.stream_id, (None, 0)))
            except UnreadableError as error:
                yield from self._refuse(event.stream_id, error)
                return False
        self._count(event)
        return (yield from super().handle_h2_event(event))

    def _read(self, event: h2.events.RequestReceived) -> layer.CommandGenerator[None]:
        is_whole = bool(event.stream_ended)
        head = read_http2_head(event.headers, is_whole=is_whole)
        request = _request(head)
        self.streams[event.stream_id] = StreamState.HEADERS_RECEIVED
        if head.length is not None and not is_whole:
            self._lengths[event.stream_id] = head.length, 0
        yield ReceiveHttp(RequestHeaders(event.stream_id, request, is_whole))

    def _count(self, event: h2.events.Event) -> None:
        """Count a body; the library compares its length where no trailers follow."""
        if isinstance(event, h2.events.DataReceived):
            if event.stream_id in self._lengths:
                length, received = self._lengths[event.stream_id]
                self._lengths[event.stream_id] = length, received + len(event.data or b"")
        elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
            self._lengths.pop(event.stream_id, None)

    def _refuse(self, stream_id: int, error: UnreadableError) -> layer.CommandGenerator[None]:
        """Answer a request that is not passed on; the others on the connection go on."""
        answer = refusal(error.status, str(error))
        head = [(b":status", b"%d" % answer.status_code), *answer.headers.fields]
        self.h2_conn.send_headers(stream_id, head)
        self.h2_conn.send_data(stream_id, answer.raw_content or b"", end_stream=True)
        yield commands.SendData(self.conn, self.h2_conn.data_to_send())
        if self.streams.pop(stream_id, None):
            code = RequestProtocolError.code
            yield ReceiveHttp(RequestProtocolError(stream_id, str(error), code=code))


class PatientH2Connection(BufferedH2Connection):
    """The state of a connection, which goes on after a goodbye for as long as calls are open."""

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> Any:
        before = self.state_machine.state
        received = super()._receive_goaway_frame(frame)
        if self.open_outbound_streams:
            self.state_machine.state = before
        return received


class AnsweringHttp2(Http2Client):
    """A connection over which a server answers."""

    _goodbye = ""

    def handle_h2_event(self, event: h2.events.Event) -> layer.CommandGenerator[bool]:
        """Pass on what no client takes for two answers."""
        if isinstance(event, h2.events.ResponseReceived | h2.events.TrailersReceived) and (
            fault := _fault_of(list(event.headers))
        ):
            yield from self.protocol_error(f"HTTP/2 protocol error: {fault}")
            return True
        if isinstance(event, h2.events.ConnectionTerminated):
            yield from self._give_up(event)
        elif (yield from super().handle_h2_event(event)):
            return True
        if self._goodbye and not self.streams:
            yield from self.close_connection(self._goodbye)
            return True
        return False

    def close_connection(self, msg: str) -> layer.CommandGenerator[None]:
        """Close it, and end all calls, also those that mitmproxy keeps back and would forget."""
        message = self._goodbye or msg
        yield from super().close_connection(message)
        yield from self._end_waiting(message)

    def _give_up(self, goodbye: h2.events.ConnectionTerminated) -> layer.CommandGenerator[None]:
        """End the calls that the server has not taken, and make no others over the connection."""
        self._goodbye = f"HTTP/2 connection closed: {goodbye!r}"
        self.conn.state &= ~ConnectionState.CAN_READ
        last_taken = goodbye.last_stream_id or 0
        for stream_id in [number for number in self.streams if number > last_taken]:
            del self.streams[stream_id]
            yield _unanswered(stream_id, self._goodbye)
        yield from self._end_waiting(self._goodbye)
        if self.streams:  # a server that is gone without a word gives itself away
            self.h2_conn.ping(_STILL_THERE)
            yield commands.SendData(self.conn, self.h2_conn.data_to_send())

    def _end_waiting(self, message: str) -> layer.CommandGenerator[None]:
        for waiting in list(self.stream_queue):
            self.their_stream_id[-waiting] = waiting  # it has no number of ours yet
            yield _unanswered(-waiting, message)
        self.stream_queue.clear()


def _fault_of(fields: list[tuple[bytes, bytes]]) -> str | None:
    """Say what makes an answer unreadable for clients; None if nothing does."""
    for name, value in fields:
        if _LINE_ENDS.search(name) or _LINE_ENDS.search(value):
            return "a header has line ends in it"
        if name == b":status" and not _STATUS.fullmatch(value):
            return f"its status is {shown(value.decode('latin-1'))}"
    return None


def _unanswered(stream_id: int, message: str) -> ReceiveHttp:
    code = ResponseProtocolError.code
    return ReceiveHttp(ResponseProtocolError(stream_id, message, code=code))


def _request(head: Http2Head) -> http.Request:
    """Return a request without its body, as mitmproxy has it."""
    host, port = "", 0
    if head.authority:
        host, port = read_authority(head.authority, _PORTS[head.scheme])
    return http.Request(
        host=host,
        port=port,
        method=head.method.encode("latin-1"),
        scheme=head.scheme.encode("latin-1"),
        authority=head.authority.encode("latin-1"),
        path=head.path.encode("latin-1"),
        http_version=b"HTTP/2.0",
        headers=http.Headers(
            [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head.headers]
        ),
        content=None,
        trailers=None,
        timestamp_start=time.time(),
        timestamp_end=None,
    )
