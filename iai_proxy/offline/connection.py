"""One client connection, from its first byte to its last."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from iai_proxy.api import Headers, Request, header
from iai_proxy.api.basic_auth import is_password
from iai_proxy.api.bounds import MOST_BODY
from iai_proxy.offline.answers import (
    CONTINUE,
    TUNNEL_OPEN,
    encoded,
    ended,
    unreadable,
)
from iai_proxy.offline.reading import Reader
from iai_proxy.offline.routes import Destination, Way, authority_in, destination
from iai_proxy.offline.streams import SocketStream, Stream, TlsStream
from iai_proxy.player import Answers, Peer, Reply
from iai_proxy.session.password_pauses import Guest, PasswordPauses
from iai_proxy.session.replies import not_admitted, refusal
from iai_proxy.session.request_fields import UnreadableError
from iai_proxy.session.request_heads import Head, read_head
from iai_proxy.session.web_pages import NOT_HERE, Caller, known_names, why_kept_out

#: How long what a client still sends is thrown away after a refusal, in seconds: to close at once
#: would take the refusal from it.
_LINGER_S: Final = 2.0
#: So many bytes of a body a second are slow enough for anyone.
_SLOWEST: Final = 10_000


class Certificates(Protocol):
    """What opens TLS, as :class:`~iai_proxy.client.leaves.Leaves` does."""

    def context(self, host: str) -> ssl.SSLContext:
        """Return the TLS settings for a host."""

    def host_of(self, context: ssl.SSLContext) -> str:
        """Return the host that TLS settings are for."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client is waited for, in seconds.

    Attributes:
        first: before its first request, also in a tunnel.
        idle: between two requests, as long as mitmproxy does.
        head: from the first byte of a head to its last.
        body: for a body, and as long as its length takes at 10 kB/s.
    """

    first: float = 60.0
    idle: float = 600.0
    head: float = 60.0
    body: float = 60.0


@dataclass(frozen=True, slots=True)
class House:
    """What all connections of a server share.

    Attributes:
        player: answers.
        certificates: of the API's hosts.
        password: ``user:password`` that clients must give, or None.
        distrusted: called with the host whose certificate a client does not take.
        stopping: set when no more requests are to be answered.
        ending: set when requests are to be refused, because the server is about to end.
        most_body: bytes that a body may have on its way.
        patience: how long clients are waited for.
        names: hosts that requests may name, besides the API's.
        pauses: after wrong passwords.
    """

    player: Answers
    certificates: Certificates
    password: str | None
    distrusted: Callable[[str], None]
    stopping: threading.Event
    ending: threading.Event = field(default_factory=threading.Event)
    most_body: int = MOST_BODY
    patience: Patience = Patience()
    names: frozenset[str] = field(default_factory=known_names)
    pauses: PasswordPauses = field(default_factory=PasswordPauses)


class Connection:
    """Serves one client.

    Args:
        raw: the connected socket; closed at the end of :meth:`run`.
        peer: who is at the other end.
        way: how requests come over the listener.
        house: what all connections share.
        refusal: what its first request is answered with, which is then the last; or None.
    """

    def __init__(
        self,
        raw: socket.socket,
        peer: Peer,
        way: Way,
        house: House,
        refusal: Reply | None = None,
    ) -> None:
        self._raw = raw
        self._plain = SocketStream(raw)
        self._patience = house.patience
        self._peer = peer
        self._way = way
        self._house = house
        self._refusal = refusal
        self._waits = True
        #: Whether a request has come that is not answered yet.
        self.is_answering = False
        self._let_in = False

    def run(self) -> None:
        """Serve until one side ends the connection."""
        house = self._house
        # A client that is gone, or that speaks broken TLS, concerns no one else.
        with self._raw, contextlib.suppress(OSError, ssl.SSLError):
            house.player.connected(self._peer)
            try:
                self._serve(self._plain, self._way)
            finally:
                house.player.disconnected(self._peer)

    def stop(self, *, at_once: bool = False) -> None:
        """End it from another thread: as soon as its answer is sent, or at once."""
        if at_once or self._waits:
            with contextlib.suppress(OSError):
                self._raw.shutdown(socket.SHUT_RDWR)

    def _serve(self, stream: Stream, way: Way) -> None:
        """Answer all requests of a stream, which may turn out to carry TLS."""
        self._waits = True
        self._plain.allow(self._patience.first)
        reader = self._reader(stream)
        if not reader.begins_with_tls():
            self._answer_all(stream, reader, way)
            return
        secured = self._secured(stream, reader.taken(), way)
        self._answer_all(secured, self._reader(secured), replace(way, scheme="https"))
        secured.close()

    def _reader(self, stream: Stream) -> Reader:
        def begun() -> None:
            self._plain.allow(self._patience.head)

        return Reader(stream, self._house.most_body, begun)

    def _secured(self, stream: Stream, taken: bytes, way: Way) -> TlsStream:
        certificates = self._house.certificates
        named = way.host if way.kind == "tunnel" else str((self._peer.here or ("localhost",))[0])
        secured = TlsStream(stream, certificates.context(named), taken)
        try:
            secured.handshake()
        except OSError:  # ssl.SSLError too
            if secured.has_answered:
                self._house.distrusted(certificates.host_of(secured.context))
            raise
        return secured

    def _answer_all(self, stream: Stream, reader: Reader, way: Way) -> None:
        while self._may_wait(reader):
            try:
                raw = reader.head()
                self._waits = False
                if raw is None or not self._answer_next(stream, reader, way, raw):
                    return
                self._plain.allow(self._patience.idle)
            except UnreadableError as error:
                self._refuse(stream, unreadable(error))
                return

    def _may_wait(self, reader: Reader) -> bool:
        """Whether to wait for another request; from now on it is no loss to end the connection."""
        if reader.is_at_rest:
            self._waits = True
        return not self._house.stopping.is_set()

    def _answer_next(self, stream: Stream, reader: Reader, way: Way, raw: bytes) -> bool:
        """Answer a request; return whether the connection goes on."""
        head = read_head(raw)
        where = destination(head, way)
        refusal = self._refusal or self._not_let_in(head, where, way)
        if refusal:
            return self._refuse(stream, refusal, head)
        if head.method == "CONNECT":
            stream.sendall(TUNNEL_OPEN)
            self._tunnel(stream, reader, Way("tunnel", "http", where.host, where.port, True))
            return False
        request = self._received(stream, reader, head, where)
        self.is_answering = True
        try:
            return self._send(stream, self._house.player.answer(request, self._peer), head)
        finally:
            self.is_answering = False

    def _not_let_in(self, head: Head, where: Destination, way: Way) -> Reply | None:
        """Return why a request is not passed on; None if it is."""
        if head.method != "CONNECT":  # which no page can make a browser send
            sentence = why_kept_out(self._caller(head, where, way), self._house.names)
            if sentence:
                return refusal(NOT_HERE, sentence)
        if self._house.password and not way.admitted:
            without = self._without_password(head, way)
            if without:
                return without
        refused = None
        if way.kind == "forward":
            refused = self._house.player.refused_host(where.host, where.port)
        if self._house.ending.is_set() and head.method != "CONNECT":  # told within the tunnel
            return refused or ended()
        return refused

    def _caller(self, head: Head, where: Destination, way: Way) -> Caller:
        """Return what a request tells about who makes it."""
        hosts = tuple(value for name, value in head.headers if name.lower() == "host")
        target, authority = "", authority_in(head)
        if way.kind == "tunnel" or (way.kind == "forward" and authority):
            target = f"[{where.host}]" if ":" in where.host else where.host
        elif authority:
            hosts = (*hosts, authority)
        here = str((self._peer.here or ("127.0.0.1",))[0])
        return Caller(hosts, target, here, head.headers)

    def _without_password(self, head: Head, way: Way) -> Reply | None:
        """Look at the password that a request gives, in its time; None if it is right."""
        is_proxy = way.kind != "reverse"
        given = header(head.headers, _password_header(way))
        if given is None:
            return not_admitted(is_proxy=is_proxy)
        is_right = is_password(given, self._house.password or "")
        if is_right and self._let_in:
            return None
        guest = Guest.of(str((self._peer.address or ("",))[0]), head.headers)
        wait_s = self._house.pauses.tried(guest, is_right=is_right)
        if wait_s is not None:
            self._house.stopping.wait(wait_s)
            self._let_in = is_right  # from now on, what others try does not make it wait
            if is_right:
                return None
        return not_admitted(is_proxy=is_proxy, is_looked_at=wait_s is not None)

    def _tunnel(self, stream: Stream, reader: Reader, way: Way) -> None:
        """Serve what comes through a tunnel, some of which may have come already."""
        taken = reader.taken()
        self._serve(_Begun(stream, taken) if taken else stream, way)

    def _received(self, stream: Stream, reader: Reader, head: Head, where: Destination) -> Request:
        """Wait for the rest of a request."""
        length = self._house.most_body if head.length is None else head.length
        self._plain.allow(self._patience.body + length / _SLOWEST)
        if head.waits and not reader.has(head.length):
            stream.sendall(CONTINUE)
        trailers: Headers = ()
        if head.length is None:
            body, trailers = reader.chunks()
        else:
            body = reader.body(head.length) if head.length else b""
        return Request(
            method=head.method,
            scheme=where.scheme,
            host=where.host,
            port=where.port,
            target=where.target,
            http_version=f"HTTP/{head.version}",
            headers=(*self._passed_on(head.headers), *trailers),
            body=body,
            encoding=header(head.headers, "content-encoding") or "",
            started_ns=reader.began_ns,
            ended_ns=time.time_ns(),
        )

    def _passed_on(self, headers: Headers) -> Headers:
        """Return a request's headers without our own password."""
        if self._house.password is None:
            return headers
        name = _password_header(self._way)
        return tuple(field for field in headers if field[0].lower() != name)

    def _send(self, stream: Stream, reply: Reply, head: Head) -> bool:
        """Send an answer in its time; return whether the connection goes on."""
        stopping = self._house.stopping
        if reply.delay_s > 0:
            stopping.wait(reply.delay_s)
        if reply.drop:
            return False
        closes = not head.keeps_alive or stopping.is_set()
        says = head.version == "1.0" and not closes
        for piece in encoded(reply, head.method, closes=closes, says_keep_alive=says):
            stream.sendall(piece)
        if not closes:
            self._house.player.sent(self._peer)
        return not closes

    def _refuse(self, stream: Stream, reply: Reply, head: Head | None = None) -> bool:
        """Answer a request whose body is not read; return whether the connection goes on."""
        if head and not head.has_body and not self._refusal:
            return self._send(stream, reply, head)
        for piece in encoded(reply, head.method if head else "", closes=True):
            stream.sendall(piece)
        if isinstance(stream, TlsStream):
            stream.close()
        self._linger()
        return False

    def _linger(self) -> None:
        """Throw away what the client still sends, until it has read why."""
        until = time.monotonic() + _LINGER_S
        scratch = bytearray(1 << 16)
        self._raw.shutdown(socket.SHUT_WR)
        while (left := until - time.monotonic()) > 0 and not self._house.stopping.is_set():
            self._raw.settimeout(left)
            if not self._raw.recv_into(scratch):
                return


class _Begun:
    """A stream of which some bytes were read already."""

    def __init__(self, stream: Stream, taken: bytes) -> None:
        self._stream = stream
        self._taken = taken

    def recv_into(self, buffer: memoryview, /) -> int:
        """Give what was read first."""
        if not self._taken:
            return self._stream.recv_into(buffer)
        count = min(len(buffer), len(self._taken))
        buffer[:count] = self._taken[:count]
        self._taken = self._taken[count:]
        return count

    def sendall(self, data: bytes | memoryview, /) -> None:
        """Send all bytes."""
        self._stream.sendall(data)


def _password_header(way: Way) -> str:
    """Return the name of the header that has the password, in lower case."""
    return "authorization" if way.kind == "reverse" else "proxy-authorization"
