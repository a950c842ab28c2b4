"""A connection, byte by byte: what raw sockets send, and what they get."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.offline import ByHand, Served, plain, served

from iai_proxy.api import Request
from iai_proxy.client.authority import Authority
from iai_proxy.client.leaves import Leaves
from iai_proxy.offline.connection import Connection, House, Patience
from iai_proxy.offline.routes import Way
from iai_proxy.player import Peer, Reply

CONNECT = b"CONNECT api.inverted.ai:443 HTTP/1.1\r\nHost: api.inverted.ai:443\r\n\r\n"
POST = b"POST /drive HTTP/1.1\r\nHost: api.inverted.ai\r\nContent-Length: 4\r\n\r\nbody"


@contextmanager
def raw(served: Served, *, reverse: bool = False) -> Iterator[socket.socket]:
    address = served.reverse if reverse else served.forward
    with socket.create_connection((address.host, address.port), timeout=20) as client:
        yield client


def answer_to(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read one answer, and nothing after it."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = client.recv(1)
        assert byte, f"closed after {head!r}"
        head += byte
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    body = b""
    while len(body) < int(headers.get("content-length", 0)):
        body += client.recv(int(headers["content-length"]) - len(body))
    return int(first.split()[1]), headers, body


def is_closed(client: socket.socket) -> bool:
    return client.recv(1) == b""


def house_with(authority: Authority, patience: Patience) -> House:
    stopping = threading.Event()
    leaves = Leaves(authority)
    return House(ByHand(), leaves, None, lambda _: None, stopping, patience=patience)


@contextmanager
def served_with(authority: Authority, patience: Patience) -> Iterator[socket.socket]:
    """Give a client of a connection to a reverse listener."""
    house = house_with(authority, patience)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname(), timeout=20) as client,
    ):
        accepted, address = listener.accept()
        peer = Peer("waited for", address, accepted.getsockname(), True)
        way = Way("reverse", "https", "api.inverted.ai", 443)
        connection = Connection(accepted, peer, way, house)
        thread = threading.Thread(target=connection.run)
        thread.start()
        yield client
        client.close()
        thread.join(20)
        assert not thread.is_alive()


def test_a_client_that_is_silent_after_a_request_is_hung_up_on_at_last(
    authority: Authority,
) -> None:
    with served_with(authority, Patience(idle=0.05)) as client:
        client.sendall(b"GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert answer_to(client)[0] == 200
        assert is_closed(client)


@pytest.mark.parametrize(
    ("patience", "begin"),
    [
        (Patience(head=0.2), b"GET /a HTTP/1.1\r\nx: "),
        (
            Patience(body=0.2),
            b"POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n",
        ),
    ],
    ids=["head", "body"],
)
def test_a_client_that_sends_a_byte_now_and_then_is_hung_up_on(
    authority: Authority, patience: Patience, begin: bytes
) -> None:
    def drip(client: socket.socket) -> None:
        for _ in range(1000):
            client.sendall(b"x")
            time.sleep(0.02)

    with served_with(authority, patience) as client:
        client.sendall(begin)
        with pytest.raises(OSError, match=r"Broken pipe|reset by peer"):
            drip(client)


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"\x16\x03\x01"])
def test_a_client_that_is_silent_before_its_first_request_is_hung_up_on(
    authority: Authority, sent: bytes
) -> None:
    house = house_with(authority, Patience(first=0.05, head=0.05))
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname(), timeout=20) as client,
    ):
        client.sendall(sent)
        accepted, address = listener.accept()
        peer = Peer("silent", address, accepted.getsockname(), True)
        way = Way("reverse", "https", "api.inverted.ai", 443)
        Connection(accepted, peer, way, house).run()
        assert is_closed(client)


def test_a_tunnel_to_the_api_carries_tls_and_requests(running: Served) -> None:
    with raw(running) as client:
        client.sendall(CONNECT)
        assert answer_to(client)[0] == 200
        with running.trusting.wrap_socket(client, server_hostname="api.inverted.ai") as secured:
            for _ in range(2):
                secured.sendall(POST)
                assert answer_to(secured)[2] == b"body"
    first = running.player.requests[0]
    assert (first.method, first.url) == ("POST", "https://api.inverted.ai/drive")
    assert (first.http_version, first.body, first.encoding) == ("HTTP/1.1", b"body", "")
    assert first.headers == (("Host", "api.inverted.ai"), ("Content-Length", "4"))
    assert 0 < first.started_ns <= first.ended_ns <= time.time_ns()


def test_a_tunnel_elsewhere_is_refused_and_the_client_may_ask_again(running: Served) -> None:
    with raw(running) as client:
        client.sendall(CONNECT.replace(b"api.inverted.ai", b"example.com"))
        status, headers, body = answer_to(client)
        assert (status, headers["x-iai-proxy"]) == (404, "refused")
        assert body == b"iai-proxy: example.com:443 is elsewhere"
        client.sendall(CONNECT)
        assert answer_to(client)[0] == 200


def test_a_tunnel_may_carry_plain_http(running: Served) -> None:
    with raw(running) as client:
        client.sendall(CONNECT.replace(b"api.inverted.ai:443", b"localhost:8000"))
        answer_to(client)
        client.sendall(POST)
        assert answer_to(client)[2] == b"body"
    assert running.player.requests[0].url == "http://localhost:8000/drive"


def test_what_comes_with_connect_is_not_lost(running: Served) -> None:
    with raw(running) as client:
        client.sendall(CONNECT + POST)
        assert answer_to(client)[0] == 200
        assert answer_to(client)[2] == b"body"


def test_tls_may_begin_before_the_tunnel_is_confirmed(running: Served) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = running.trusting.wrap_bio(incoming, outgoing, server_hostname="api.inverted.ai")
    with raw(running) as client, pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    with raw(running) as client:
        client.sendall(CONNECT + outgoing.read())
        assert answer_to(client)[0] == 200
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                incoming.write(client.recv(65536))
        assert tls.selected_alpn_protocol() is None
    assert tls.getpeercert()["subjectAltName"] == (("DNS", "api.inverted.ai"),)  # type: ignore[index]


def test_a_client_may_speak_tls_to_the_proxy_itself_and_again_in_its_tunnel(
    running: Served,
) -> None:
    with (
        raw(running) as client,
        running.trusting.wrap_socket(client, server_hostname="localhost") as outer,
    ):
        outer.sendall(CONNECT)
        assert answer_to(outer)[0] == 200
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        inner = running.trusting.wrap_bio(incoming, outgoing, server_hostname="api.inverted.ai")
        while True:
            try:
                inner.do_handshake()
                break
            except ssl.SSLWantReadError:
                outer.sendall(outgoing.read())
                incoming.write(outer.recv(65536))
        inner.write(POST)
        outer.sendall(outgoing.read())
        got = b""
        while not got.endswith(b"body"):
            try:
                got += inner.read()
            except ssl.SSLWantReadError:
                incoming.write(outer.recv(65536))
    assert running.player.requests[0].url == "https://api.inverted.ai/drive"


@pytest.mark.parametrize("tls", [False, True])
def test_a_reverse_listener_takes_plain_http_and_tls(running: Served, tls: bool) -> None:
    with raw(running, reverse=True) as client:
        stream: socket.socket = client
        if tls:
            stream = running.trusting.wrap_socket(client, server_hostname="127.0.0.1")
        stream.sendall(b"GET /drive?a=b HTTP/1.1\r\nHost: localhost:8000\r\n\r\n")
        assert answer_to(stream)[2] == b"answer"
        stream.close()
    (request,) = running.player.requests
    assert request.url == "https://api.inverted.ai/drive?a=b"


def test_a_client_that_names_no_server_gets_the_certificate_of_its_tunnel(running: Served) -> None:
    context = running.trusting
    context.check_hostname = False
    with raw(running) as client:
        client.sendall(CONNECT)
        answer_to(client)
        with context.wrap_socket(client) as secured:
            names = secured.getpeercert()["subjectAltName"]  # type: ignore[index]
    assert names == (("DNS", "api.inverted.ai"),)


def test_plain_http_is_for_the_host_of_its_url(running: Served) -> None:
    with raw(running) as client:
        client.sendall(b"GET http://localhost:8000/test HTTP/1.1\r\nHost: localhost:8000\r\n\r\n")
        assert answer_to(client)[0] == 200
        client.sendall(b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n")
        assert answer_to(client)[0] == 404
    assert [request.url for request in running.player.requests] == ["http://localhost:8000/test"]


def test_requests_may_be_sent_without_waiting_for_answers(running: Served) -> None:
    with raw(running, reverse=True) as client:
        client.sendall(b"".join(POST.replace(b"body", b"%04d" % n) for n in range(50)))
        assert [int(answer_to(client)[2]) for _ in range(50)] == list(range(50))


def test_a_request_may_come_byte_by_byte(running: Served) -> None:
    with raw(running, reverse=True) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in POST:
            client.sendall(bytes([byte]))
        assert answer_to(client)[2] == b"body"


def test_a_chunked_request_is_put_together_with_its_trailers(running: Served) -> None:
    with raw(running, reverse=True) as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
            b"2\r\nbo\r\n2\r\ndy\r\n0\r\nX-After: yes\r\n\r\n" + POST
        )
        assert [answer_to(client)[2] for _ in range(2)] == [b"body", b"body"]
    request = running.player.requests[0]
    assert (request.encoding, request.headers[-1]) == ("gzip", ("X-After", "yes"))


def test_a_client_that_waits_with_its_body_is_told_to_go_on(running: Served) -> None:
    with raw(running, reverse=True) as client:
        head, body = POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n").split(b"body")
        client.sendall(head)
        assert answer_to(client)[0] == 100
        client.sendall(b"body" + body)
        assert answer_to(client)[2] == b"body"


@pytest.mark.parametrize(
    ("version", "connection", "goes_on"),
    [("1.0", "", False), ("1.0", "keep-alive", True), ("1.1", "close", False), ("1.1", "", True)],
)
def test_a_connection_ends_as_the_client_wants(
    running: Served, version: str, connection: str, goes_on: bool
) -> None:
    with raw(running, reverse=True) as client:
        client.sendall(f"GET / HTTP/{version}\r\nConnection: {connection}\r\n\r\n".encode())
        _, headers, body = answer_to(client)
        told = {"1.0": "keep-alive", "1.1": None}[version] if goes_on else "close"
        assert (headers.get("connection"), body) == (told, b"answer")
        if not goes_on:
            assert is_closed(client)
            return
        client.sendall(POST)
        assert answer_to(client)[2] == b"body"


def test_a_head_request_gets_a_head(running: Served) -> None:
    headers = (("Content-Length", "1234"),)
    running.player.reply = lambda request: (
        Reply(200, "OK", headers, b"") if request.method == "HEAD" else plain()
    )
    with raw(running, reverse=True) as client:
        client.sendall(b"HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n")
        got = b""
        while not got.endswith(b"answer"):
            got += client.recv(65536)
    head, _, rest = got.partition(b"\r\n\r\n")
    assert b"Content-Length: 1234" in head
    assert rest.startswith(b"HTTP/1.1 200 ")


def test_a_client_that_has_ended_its_side_still_gets_its_answer(running: Served) -> None:
    with raw(running, reverse=True) as client:
        client.sendall(POST)
        client.shutdown(socket.SHUT_WR)
        assert answer_to(client)[2] == b"body"
        assert is_closed(client)


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (b"nonsense\r\n\r\n", 400, b"its first line is 'nonsense'"),
        (b"GET / HTTP/1.1\r\nA : b\r\n\r\n", 400, b"blank before the colon"),
        (b"POST / HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\nx", 413, b"are taken at most"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000, 431, b"head is larger"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, b"chunk's size"),
        (b"CONNECT a.b:1 HTTP/1.1\r\n\r\n", 400, b"CONNECT is for a forward proxy"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, b"only HTTP/1.1 is spoken"),
    ],
)
def test_a_request_that_can_not_be_read_gets_a_sentence_and_the_end(
    running: Served, sent: bytes, status: int, said: bytes
) -> None:
    with raw(running, reverse=True) as client:
        client.sendall(sent)
        got, headers, body = answer_to(client)
        assert (got, headers["connection"]) == (status, "close")
        assert headers["x-iai-proxy"] == "refused"
        assert body.startswith(b"iai-proxy: the request can't be read: ")
        assert said in body
        assert is_closed(client)
    assert not running.player.requests


def test_a_request_that_ends_too_early_gets_a_sentence(running: Served) -> None:
    with raw(running, reverse=True) as client:
        client.sendall(POST[:-1])
        client.shutdown(socket.SHUT_WR)
        status, _, body = answer_to(client)
    assert status == 400
    assert b"ends after 3 of the 4 bytes of its body" in body


def test_a_refusal_reaches_a_client_that_is_still_sending(authority: Authority) -> None:
    body = b"x" * 20_000_000
    with served(authority, password="me:word") as running, raw(running, reverse=True) as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert answer_to(client)[0] == 401


@pytest.mark.parametrize("reverse", [False, True])
def test_the_password_is_asked_for_and_goes_no_further(authority: Authority, reverse: bool) -> None:
    name = b"Authorization" if reverse else b"Proxy-Authorization"
    target = b"/drive" if reverse else b"http://localhost/drive"

    def request(word: bytes) -> bytes:
        given = base64.b64encode(b"me:" + word)
        return b"GET %s HTTP/1.1\r\nHost: localhost\r\n%s: Basic %s\r\n\r\n" % (target, name, given)

    with served(authority, password="me:wo:rd") as running, raw(running, reverse=reverse) as client:
        client.sendall(request(b"wrong"))
        status, headers, _ = answer_to(client)
        assert status == (401 if reverse else 407)
        challenge = headers["www-authenticate" if reverse else "proxy-authenticate"]
        assert challenge.startswith("basic realm=")
        client.sendall(request(b"wo:rd"))
        assert answer_to(client)[0] == 200
        (seen,) = running.player.requests
        assert seen.headers == (("Host", "localhost"),)


def test_a_tunnel_asks_for_the_password_once(authority: Authority) -> None:
    given = b"Proxy-Authorization: Basic " + base64.b64encode(b"me:word")
    with served(authority, password="me:word") as running, raw(running) as client:
        client.sendall(CONNECT)
        assert answer_to(client)[0] == 407
        client.sendall(CONNECT[:-2] + given + b"\r\n\r\n")
        assert answer_to(client)[0] == 200
        client.sendall(POST)
        assert answer_to(client)[2] == b"body"


def test_a_call_that_waits_holds_up_no_other(authority: Authority) -> None:
    def reply(request: Request) -> Reply:
        return plain(delay_s=20.0 if request.target == "/slow" else 0.0)

    with (
        served(authority, reply) as running,
        raw(running, reverse=True) as slow,
        raw(running, reverse=True) as quick,
    ):
        slow.sendall(b"GET /slow HTTP/1.1\r\n\r\n")
        quick.sendall(b"GET /quick HTTP/1.1\r\n\r\n")
        assert answer_to(quick)[0] == 200
        slow.settimeout(0.1)
        with pytest.raises(TimeoutError):
            slow.recv(1)


def test_a_call_is_answered_after_its_delay(authority: Authority) -> None:
    late = served(authority, lambda _: plain(delay_s=0.2))
    with late as running, raw(running, reverse=True) as client:
        began = time.monotonic()
        client.sendall(POST)
        assert answer_to(client)[0] == 200
        assert time.monotonic() - began >= 0.2


def test_a_call_that_is_dropped_gets_no_answer(authority: Authority) -> None:
    dropping = served(authority, lambda _: plain(drop=True))
    with dropping as running, raw(running, reverse=True) as client:
        client.sendall(POST)
        assert is_closed(client)


def test_a_client_that_hangs_up_while_it_waits_concerns_no_other(authority: Authority) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def reply(request: Request) -> Reply:
        if request.target == "/drive":
            asked.set()
            assert go_on.wait(20)
        return plain(b"x" * 1_000_000)

    with served(authority, reply) as running:
        with raw(running, reverse=True) as client:
            client.sendall(POST)
            assert asked.wait(20)
        go_on.set()
        assert running.player.gone.wait(20)
        with raw(running, reverse=True) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert answer_to(client)[0] == 200


@pytest.mark.parametrize(
    "sent", [b"", b"\x16", b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01\x40\x00", b"\x00" * 100]
)
def test_what_is_neither_http_nor_tls_concerns_no_other(running: Served, sent: bytes) -> None:
    with raw(running) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass
    assert not running.distrusted
    with raw(running, reverse=True) as client:
        client.sendall(POST)
        assert answer_to(client)[0] == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_that_does_not_trust_us_is_reported_with_the_host(
    running: Served, version: ssl.TLSVersion
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = version
    with raw(running) as client:
        client.sendall(CONNECT)
        answer_to(client)
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(client, server_hostname="dev.inverted.ai")
    assert running.player.gone.wait(20)
    assert running.distrusted == ["dev.inverted.ai"]
