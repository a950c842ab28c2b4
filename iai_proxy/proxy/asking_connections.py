"""mitmproxy's HTTP/1 connections over which clients ask, made to read as strictly as we promise.

What passes is one request to every reader; the rest gets a sentence, and mitmproxy's page never.
The rules are those of the offline replay (:mod:`~iai_proxy.session.request_heads`).
"""

from __future__ import annotations

import time
from typing import Final, cast

from mitmproxy import http
from mitmproxy.net.http import http1
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.http._base import HttpEvent, ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    RequestHeaders,
    RequestProtocolError,
    RequestTrailers,
    ResponseHeaders,
    ResponseProtocolError,
)
from mitmproxy.proxy.layers.http._http1 import Http1Server, TBodyReader, should_make_pipe

from iai_proxy.proxy.fail_closed import refusal
from iai_proxy.proxy.http1_connections import WithTrailers, body_reader
from iai_proxy.proxy.request_chunks import RequestChunks
from iai_proxy.session.request_fields import UnreadableError
from iai_proxy.session.request_heads import (
    BLANK_LINES,
    HEAD_END,
    MOST_HEAD,
    Head,
    read_head,
    too_large,
)
from iai_proxy.session.request_targets import read_target, read_tunnel

#: How long what a client still sends is thrown away after a refusal, in seconds: to close at once
#: would take the refusal from it.
_LINGER_S: Final = 2.0


class AskingConnection(WithTrailers, Http1Server):
    """A connection over which a client asks."""

    ReceiveTrailers = RequestTrailers
    _searched = 0  # bytes of a head that is not whole yet
    _comes_body = False
    _keeps_alive = True

    def send(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """Send a piece of an answer; after a refusal, wait for a client that still sends."""
        still_comes = self._comes_body and not self.request_done
        for command in super().send(event):
            is_early = still_comes and isinstance(event, ResponseProtocolError)
            if is_early and isinstance(command, commands.CloseConnection):
                yield from self._linger()
            else:
                yield command
        if isinstance(event, ResponseHeaders) and event.response.status_code == 100:
            self.response = None  # that was not the answer

    def read_headers(self, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """Read the head of a request once it is there."""
        if not isinstance(event, events.DataReceived):
            yield from super().read_headers(event)
            return
        try:
            raw = self._whole_head()
            if raw is None:
                return
            head = read_head(raw)
            request = _request(head)
        except UnreadableError as error:
            yield from self.refuse(error)
            return
        self.request = request
        self._comes_body, self._keeps_alive = head.has_body, head.keeps_alive
        yield ReceiveHttp(RequestHeaders(self.stream_id, request, not head.has_body))
        if self.state == self._thrown_away:
            return
        reader = RequestChunks() if head.length is None else body_reader(head.length)
        self.body_reader = cast(TBodyReader, reader)
        self.state = self.read_body
        yield from self.state(event)

    def read_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Read a piece of a body; say what is wrong with chunks that can't be read."""
        can_answer = isinstance(event, events.DataReceived) and self.response is None
        for command in super().read_body(event):
            if can_answer and isinstance(command, commands.CloseConnection):
                continue  # what is wrong comes after it
            yield command
            if can_answer and isinstance(command, ReceiveHttp):
                broken = command.event
                if isinstance(broken, RequestProtocolError):
                    reason = broken.message.removeprefix("HTTP/1 protocol error: ")
                    yield from self.refuse(UnreadableError(reason))

    def mark_done(
        self, *, request: bool = False, response: bool = False
    ) -> layer.CommandGenerator[None]:
        """Go on to the next request, unless the client has said that there is none."""
        is_last = not self._keeps_alive
        if is_last and self.request and self.response:
            if should_make_pipe(self.request, self.response):
                is_last = False
            else:
                self._forget_unread()
        yield from super().mark_done(request=request, response=response)
        if is_last and self.state == self.read_headers:
            yield commands.CloseConnection(self.conn)
            self.state = self.done

    def refuse(self, error: UnreadableError) -> layer.CommandGenerator[None]:
        """Answer a request that is not passed on, and end the connection."""
        answer = refusal(error.status, str(error), connection="close")
        yield commands.SendData(self.conn, http1.assemble_response(answer))
        yield from self._linger()

    def _linger(self) -> layer.CommandGenerator[None]:
        """End the connection once the client has read what it was sent."""
        yield commands.CloseTcpConnection(self.conn, half_close=True)
        self.state = self._thrown_away
        yield commands.RequestWakeup(_LINGER_S)

    def _thrown_away(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Drop what comes until the client hangs up or has had the time to read."""
        if isinstance(event, events.DataReceived):
            self._forget_unread()
        else:
            yield commands.CloseConnection(self.conn)
            self.state = self.done

    def _forget_unread(self) -> None:
        self.buf.maybe_extract_at_most(len(self.buf))

    def _whole_head(self) -> bytes | None:
        """Take a head with the empty line that ends it; None if it has not arrived whole."""
        unread = self.buf._data
        if blank := BLANK_LINES.match(unread):
            del unread[: blank.end()]
        end = HEAD_END.search(unread, max(0, self._searched - 3))
        self._searched = 0 if end else len(unread)
        if len(unread) > MOST_HEAD and (end is None or end.end() > MOST_HEAD):
            raise too_large()
        if end is None:
            return None
        head = bytes(unread[: end.end()])
        del unread[: end.end()]
        return head


def _request(head: Head) -> http.Request:
    """Return a request without its body, as mitmproxy has it.

    Raises:
        UnreadableError: it does not say whom it is for.
    """
    scheme, authority, host, port, path = "", "", "", 0, head.target
    if head.method == "CONNECT":
        authority, path = head.target, ""
        host, port = read_tunnel(authority)
    elif url := read_target(head.target):
        scheme, authority, host, port, path = url
    return http.Request(
        host=host,
        port=port,
        method=head.method.encode("latin-1"),
        scheme=scheme.encode("latin-1"),
        authority=authority.encode("latin-1"),
        path=path.encode("latin-1"),
        http_version=f"HTTP/{head.version}".encode("latin-1"),
        headers=http.Headers(
            [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head.headers]
        ),
        content=None,
        trailers=None,
        timestamp_start=time.time(),
        timestamp_end=None,
    )
