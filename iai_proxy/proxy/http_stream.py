"""What a client is told where mitmproxy has an error: a sentence of ours, never its HTML page.

All such errors pass :class:`Stream` on their way to the client. mitmproxy answers most with 502,
which the SDK repeats for ever. That is right if no answer came: a client without a proxy would
see a broken connection, and try again. An answer that began and can't be passed on is a fault that
comes again, and gets 424. :func:`install` puts the class in the place of mitmproxy's, which offers
no hook for this, and the connections of :mod:`~iai_proxy.proxy.http1_connections` as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mitmproxy import http
from mitmproxy.addons import next_layer
from mitmproxy.connection import Connection, Server
from mitmproxy.flow import Error
from mitmproxy.net.http import http1
from mitmproxy.proxy import events, layer, layers
from mitmproxy.proxy.layers.http import HttpLayer, HttpStream, SendHttp, _http1, _http2
from mitmproxy.proxy.layers.http._base import HttpEvent
from mitmproxy.proxy.layers.http._events import (
    RequestHeaders,
    RequestProtocolError,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
)
from mitmproxy.proxy.layers.http._hooks import HttpErrorHook, HttpRequestHeadersHook
from mitmproxy.utils import human

from iai_proxy.api.bounds import TOO_LARGE, TooLargeError
from iai_proxy.proxy.answer_heads import is_interim
from iai_proxy.proxy.asking_connections import AskingConnection
from iai_proxy.proxy.error_wording import Fault, set_right, status_of, worded_fault
from iai_proxy.proxy.fail_closed import refusal
from iai_proxy.proxy.fitting import fitted
from iai_proxy.proxy.http1_connections import AnsweringConnection, BrokenHeadError
from iai_proxy.proxy.http2_connections import AnsweringHttp2, AskingHttp2, PatientH2Connection
from iai_proxy.proxy.named_hosts import note_named
from iai_proxy.proxy.tls_layers import ClientTls, ServerTls
from iai_proxy.session.refusals import FAULT
from iai_proxy.session.web_pages import NOT_HERE

#: Status if no answer came, as that of any proxy (RFC 9110, section 15.6.3).
NO_ANSWER: Final = 502
#: Key in a flow's metadata of its :data:`Fault`, if that does not show by itself.
_FAULT: Final = "iai-proxy-fault"
#: Key in a flow's metadata: a body of it is too large.
_TOO_LARGE: Final = "iai-proxy-too-large"


def fault_of(flow: http.HTTPFlow) -> Fault:
    """Say who is to blame for a flow's error."""
    known: Fault | None = flow.metadata.get(_FAULT)
    return known or ("broken answer" if flow.response else "no answer")


def is_too_large(flow: http.HTTPFlow) -> bool:
    """Whether a body of a flow was too large, and so not taken."""
    return _TOO_LARGE in flow.metadata


def origin(request: http.Request) -> str:
    """Return where a request went: its URL without the path."""
    return f"{request.scheme}://{request.host}:{request.port}"


class Stream(HttpStream):
    """mitmproxy's part for one call."""

    _is_begun = False  # the client has been sent the head of an answer
    _is_over = False  # the client has been told of an error
    _received = 0  # bytes of the answer's body

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, RequestHeaders):
            note_named(event.request)  # before mitmproxy puts hosts of its own in their place
        if isinstance(event, ResponseData):
            self._received += len(event.data)
        elif isinstance(event, ResponseEndOfMessage) and (fault := self._fault_of_length()):
            event = ResponseProtocolError(self.stream_id, fault, code=ResponseProtocolError.code)
            self.flow.metadata[_FAULT] = "broken answer"
        inner = super()._handle_event(event)
        reply = None
        while True:
            try:
                command = inner.send(reply)
            except StopIteration:
                return
            reply = None
            if isinstance(command, SendHttp) and command.connection is self.context.client:
                for told in self._told(command.event):
                    yield SendHttp(told, command.connection)
            else:
                reply = yield command

    def handle_protocol_error(
        self, event: RequestProtocolError | ResponseProtocolError
    ) -> layer.CommandGenerator[None]:
        """Note who is to blame, and keep what came of an answer, before addons are told."""
        if isinstance(event, RequestProtocolError) or self._client_is_gone:
            self.flow.metadata[_FAULT] = "client"
        elif isinstance(event, BrokenHeadError):
            self.flow.metadata[_FAULT] = "broken answer"
        elif fault := worded_fault(event.message):
            self.flow.metadata[_FAULT] = fault
        if isinstance(event, ResponseProtocolError):
            set_right(event)
        if self.flow.response is not None and self.flow.response.raw_content is None:
            self.flow.response.raw_content = bytes(self.response_body_buf)
        yield from super().handle_protocol_error(event)

    def make_server_connection(self) -> layer.CommandGenerator[bool]:
        """Connect, also where that has failed before: mitmproxy would not try again."""
        for parent in self.context.layers:
            if isinstance(parent, HttpLayer):
                for connection in [known for known in parent.connections if _is_over(known)]:
                    del parent.connections[connection]
        return (yield from super().make_server_connection())

    @property
    def _client_is_gone(self) -> bool:
        """Whether the client has hung up, so that mitmproxy gave up what it was doing upstream."""
        return self.context.client.timestamp_end is not None

    def check_invalid(self, request: bool) -> layer.CommandGenerator[bool]:
        """Check a message, save for answers over HTTP/1: there is no doubt left in those."""
        response = self.flow.response
        if not request and response and not (response.is_http2 or response.is_http3):
            return False
        return (yield from super().check_invalid(request))

    def check_body_size(self, request: bool) -> layer.CommandGenerator[bool]:
        """Refuse a body that has, or is to have, more bytes than the option ``body_size_limit``.

        mitmproxy would answer with a page of its own, and with 502 where an answer is too large.
        """
        most = human.parse_size(self.context.options.body_size_limit)
        received = len(self.request_body_buf if request else self.response_body_buf)
        length = 0 if received else self._declared(request)
        if most is None or max(received, length) <= most:
            return False
        yield from self._refuse_large(request, str(TooLargeError.sent(most, length)))
        return True

    def _fault_of_length(self) -> str | None:
        """Say how an answer of HTTP/2 differs from the length that its head gives.

        Clients of HTTP/1 would take what is missing from the next answer (RFC 9113, 8.1.1).
        """
        response = self.flow.response
        if response is None or "content-length" not in response.headers:
            return None
        length = http1.expected_http_body_size(self.flow.request, response)
        if length is None or length < 0 or self._received == length:
            return None
        return f"received {self._received} bytes, expected {length}"

    def _declared(self, request: bool) -> int:
        """Return the length that a head gives its body; 0 where it gives none."""
        response = None if request else self.flow.response
        return http1.expected_http_body_size(self.flow.request, response) or 0

    def _refuse_large(self, request: bool, sentence: str) -> layer.CommandGenerator[None]:
        if request and not self.request_body_buf:
            yield HttpRequestHeadersHook(self.flow)  # the flow has not been seen yet
        self.request_body_buf.clear()
        self.response_body_buf.clear()
        self.flow.metadata[_TOO_LARGE] = True
        self.flow.metadata[_FAULT] = "client" if request else "large answer"
        self.flow.error = Error(sentence)
        yield HttpErrorHook(self.flow)
        told = ResponseProtocolError(self.stream_id, sentence, code=ResponseProtocolError.code)
        yield SendHttp(told, self.context.client)
        if not request:
            asked = RequestProtocolError(self.stream_id, sentence, code=RequestProtocolError.code)
            yield SendHttp(asked, self.context.server)
        self.client_state = self.server_state = self.state_errored
        self.flow.live = False

    def _told(self, event: HttpEvent) -> Iterator[HttpEvent]:
        """Yield what the client is sent in the place of an event: one answer, and one error."""
        if isinstance(event, ResponseHeaders) and not is_interim(event.response):
            self._is_begun = True
        if isinstance(event, ResponseProtocolError):
            if self._is_over:
                return
            self._is_over = True
            set_right(event)
            answer = None if self._is_begun else self._refusal(event)
            if answer:
                yield ResponseHeaders(self.stream_id, answer)
                yield ResponseData(self.stream_id, answer.raw_content or b"")
                yield ResponseEndOfMessage(self.stream_id)
            yield event  # closes the connection, or the stream
        elif isinstance(event, ResponseHeaders) and event.response is self.flow.response:
            response = fitted(event.response, self.flow.request)
            yield ResponseHeaders(self.stream_id, response, event.end_stream)
        else:
            yield event

    def _refusal(self, event: ResponseProtocolError) -> http.Response | None:
        """Return what a client is told of an error; None if it is told nothing."""
        status = status_of(event)
        if status is None:
            return None
        fault, where, message = fault_of(self.flow), origin(self.flow.request), event.message
        if is_too_large(self.flow):
            whose = "the request is" if fault == "client" else f"{where} sends what is"
            status, sentence = TOO_LARGE, f"{whose} too large: {message}"
        elif fault == "not dialled":
            status, sentence = NOT_HERE, message
        elif status < 500:
            sentence = f"the request can't be passed on: {message}"
        elif fault == "no answer":
            status, sentence = NO_ANSWER, f"no answer from {where}: {message}"
        elif fault == "no connection":
            status, sentence = FAULT, f"no connection to {where}: {message}"
        else:
            status, sentence = FAULT, f"{where} sent a broken answer: {message}"
        return refusal(status, sentence, connection="close")


def _is_over(connection: Connection) -> bool:
    """Whether a connection could not be made, and nothing more is heard of it."""
    if not isinstance(connection, Server) or not connection.error:
        return False
    return connection.timestamp_tcp_setup is None or connection.timestamp_end is not None


def _plainly(status: int, message: str = "") -> bytes:
    """Return an error as mitmproxy would send it, should one not have passed here: no page."""
    page: bytes = http1.assemble_response(refusal(status, message, connection="close"))
    return page


def _sentence(status: int, message: str) -> bytes:
    return refusal(status, message).raw_content or b""


def install() -> None:
    """Have mitmproxy use our classes, for the whole process. Idempotent."""
    vars(layers.http).update(
        HttpStream=Stream,
        Http1Client=AnsweringConnection,
        Http1Server=AskingConnection,
        Http2Client=AnsweringHttp2,
        Http2Server=AskingHttp2,
    )
    vars(_http1).update(make_error_response=_plainly)
    vars(_http2).update(BufferedH2Connection=PatientH2Connection, format_error=_sentence)
    for module in (layers, layers.tls, next_layer):
        vars(module).update(ClientTLSLayer=ClientTls, ServerTLSLayer=ServerTls)
