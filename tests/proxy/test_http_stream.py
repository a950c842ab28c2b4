"""Answers of servers that take liberties, through a real proxy, and what is said of broken ones.

What is expected was seen without a proxy: curl and requests read each of the first kind.
"""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests
from mitmproxy.proxy.layers.http import _http1, _http2
from support.proxy import API, RunningProxy, running_proxy
from support.raw_server import raw_server

from iai_proxy.api import RETRIED_STATUSES, Exchange
from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.proxy.http_stream import install
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.session.notices import Notices

OK = b"HTTP/1.1 200 OK\r\n"
BODY = b'{"a": 1}'
CHUNKED = b"8\r\n" + BODY + b"\r\n0\r\n"


class Rig:
    def __init__(self, path: Path, authority: Authority) -> None:
        self.path, self.authority = path, authority
        self.said: list[str] = []
        self.summary: list[str] = []

    @contextmanager
    def recording(self, url: str) -> Iterator[RunningProxy]:
        with RecordingWriter(self.path) as writer:
            recorder = RecordAddon(writer, Notices(self.said.append), Upstream.parse(url))
            with running_proxy(self.authority, lambda: [recorder], url) as proxy:
                yield proxy
            self.summary += recorder.troubles.summary()

    @contextmanager
    def answering(
        self, answer: bytes, *, closes: bool = False, byte_by_byte: bool = False
    ) -> Iterator[RunningProxy]:
        with (
            raw_server(answer, closes=closes, byte_by_byte=byte_by_byte) as url,
            self.recording(url) as proxy,
        ):
            yield proxy

    def exchanges(self) -> list[Exchange]:
        with Recording(self.path) as recording:
            return list(recording.exchanges())


@pytest.fixture
def rig(tmp_path: Path, authority: Authority) -> Rig:
    return Rig(tmp_path / "run.iairec", authority)


Seen = tuple[int, bytes]


def by_requests(proxy: RunningProxy) -> Seen:
    with requests.Session() as session:
        session.trust_env = False
        proxies, roots = {"https": proxy.forward}, str(proxy.ca)
        answer = session.get(f"{API}/test", proxies=proxies, verify=roots, timeout=20)
    return answer.status_code, answer.content


def by_http_client(proxy: RunningProxy) -> Seen:
    connection = http.client.HTTPConnection(proxy.reverse.removeprefix("http://"), timeout=20)
    connection.request("GET", "/test")
    answer = connection.getresponse()
    seen = answer.status, answer.read()
    connection.close()
    return seen


def by_curl(proxy: RunningProxy, *options: str) -> Seen:
    command = ["curl", "-sS", "-m", "20", "--cacert", str(proxy.ca), "--proxy", proxy.forward]
    command += [*options, "--write-out", "\n%{http_code}", f"{API}/test"]
    done = subprocess.run(command, capture_output=True, check=True)
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


CLIENTS: list[Callable[[RunningProxy], Seen]] = [by_requests, by_http_client, by_curl]

READ_DIRECTLY = {
    "length-and-chunks": OK
    + b"Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n"
    + CHUNKED
    + b"\r\n",
    "equal-lengths": OK + b"Content-Length: 8\r\nContent-Length: 8\r\n\r\n" + BODY,
    "padded-length": OK + b"Content-Length: 008\r\n\r\n" + BODY,
    "trailers": OK + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED + b"X-Sum: 1\r\n\r\n",
    "chunks-twice": OK + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n" + CHUNKED + b"\r\n",
    "chunks-in-http-1-0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + CHUNKED
    + b"\r\n",
    "unasked-100": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 8\r\n\r\n" + BODY,
    "folded-field": OK + b"X-A: 1\r\n  2\r\nContent-Length: 8\r\n\r\n" + BODY,
    "bytes-too-many": OK + b"Content-Length: 8\r\n\r\n" + BODY + b"\r\n\r\n",
}


@pytest.mark.parametrize("byte_by_byte", [False, True])
@pytest.mark.parametrize("kind", READ_DIRECTLY)
def test_what_clients_read_directly_they_read_recorded(
    rig: Rig, kind: str, byte_by_byte: bool
) -> None:
    with rig.answering(READ_DIRECTLY[kind], byte_by_byte=byte_by_byte) as proxy:
        assert [client(proxy) for client in CLIENTS] == [(200, BODY)] * 3
    recorded = [(call.status, call.response and call.response.body) for call in rig.exchanges()]
    assert recorded == [(200, BODY)] * 3
    assert rig.said == []


@pytest.mark.parametrize("head", [OK + b"\r\n", OK + b"Content-Length: many\r\n\r\n"])
def test_an_answer_may_last_until_its_connection_ends(rig: Rig, head: bytes) -> None:
    with rig.answering(head + BODY, closes=True) as proxy:
        assert [client(proxy) for client in CLIENTS] == [(200, BODY)] * 3


def test_trailers_are_passed_on_and_recorded(rig: Rig) -> None:
    with rig.answering(READ_DIRECTLY["trailers"]) as proxy:
        host, port = proxy.reverse.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as raw:
            raw.sendall(b"GET /test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            seen = b"".join(iter(lambda: raw.recv(4096), b""))
    assert seen.endswith(CHUNKED + b"x-sum: 1\r\n\r\n")
    (call,) = rig.exchanges()
    assert call.response
    assert ("x-sum", "1") in call.response.headers


def test_trailers_of_a_request_are_taken(rig: Rig) -> None:
    with rig.answering(OK + b"Content-Length: 8\r\n\r\n" + BODY) as proxy:
        host, port = proxy.reverse.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as raw:
            raw.sendall(
                b"POST /drive HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nt: 1\r\n\r\n"
            )
            seen = b"".join(iter(lambda: raw.recv(4096), b""))
    assert seen.endswith(BODY)
    (call,) = rig.exchanges()
    assert call.request.body == b"{}"
    assert ("t", "1") in call.request.headers


@pytest.mark.parametrize("kind", ["trailers", "length-and-chunks"])
def test_a_client_of_http_1_0_gets_a_length_and_no_chunks(rig: Rig, kind: str) -> None:
    with rig.answering(READ_DIRECTLY[kind]) as proxy:
        host, port = proxy.reverse.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as raw:
            raw.sendall(b"GET /test HTTP/1.0\r\nHost: localhost\r\n\r\n")
            seen = b"".join(iter(lambda: raw.recv(4096), b""))
    head, _, body = seen.partition(b"\r\n\r\n")
    assert body == BODY
    assert b"content-length: 8" in head.lower()
    assert b"chunked" not in head.lower()


def test_a_name_that_is_none_does_not_break_a_client_of_http_2(rig: Rig) -> None:
    with rig.answering(OK + b"X Odd: 1\r\nContent-Length: 8\r\n\r\n" + BODY) as proxy:
        assert by_curl(proxy, "--http2") == (200, BODY)


BROKEN = {
    "cut body": (OK + b"Content-Length: 50\r\n\r\n" + BODY, "received 8 bytes, expected 50"),
    "cut chunk": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n50\r\n" + BODY,
        "before 72 bytes of a chunk came",
    ),
    "no last chunk": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n8\r\n" + BODY + b"\r\n",
        "before the last chunk came",
    ),
    "no size": (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "size can't be read: 'zz'"),
    "two lengths": (
        OK + b"Content-Length: 8\r\nContent-Length: 9\r\n\r\n" + BODY,
        "different lengths: 8 and 9",
    ),
    "cut head": (b"HTTP/1.1 200 OK\r\nConte", "ended within its head"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-OpenSSH_9.2"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_answer_is_a_sentence_that_the_sdk_does_not_repeat(rig: Rig, kind: str) -> None:
    answer, what = BROKEN[kind]
    with rig.answering(answer, closes=True) as proxy:
        seen = [client(proxy) for client in CLIENTS]
    assert len(set(seen)) == 1
    status, body = seen[0]
    assert status == 424
    assert status not in RETRIED_STATUSES
    assert body.startswith(b"iai-proxy: http://127.0.0.1:")
    assert what in body.decode()
    assert [what in str(call.failure) for call in rig.exchanges()] == [True] * 3
    (notice,) = rig.said
    assert what in notice
    (line,) = rig.summary
    assert line.startswith("3 calls got a broken answer from http://127.0.0.1:")


def test_what_came_of_a_cut_answer_is_recorded(rig: Rig) -> None:
    with rig.answering(BROKEN["cut body"][0], closes=True) as proxy:
        by_requests(proxy)
    (call,) = rig.exchanges()
    assert call.response
    assert call.response.body == BODY


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_no_answer_is_what_the_sdk_repeats_as_it_does_without_a_proxy(
    rig: Rig, answer: bytes
) -> None:
    with rig.answering(answer, closes=True) as proxy:
        seen = {client(proxy) for client in CLIENTS}
    ((status, body),) = seen
    assert status in RETRIED_STATUSES
    assert body.startswith(b"iai-proxy: no answer from http://127.0.0.1:")
    (notice,) = rig.said
    assert "repeats the call for ever" in notice


def test_a_server_that_is_not_there_is_repeated_as_well(rig: Rig) -> None:
    with raw_server(b"") as url:
        pass
    with rig.recording(url) as proxy:
        status, body = by_requests(proxy)
    assert status in RETRIED_STATUSES
    assert body.startswith(f"iai-proxy: no answer from {url}: ".encode())


def test_a_request_that_is_ambiguous_is_refused_with_a_sentence(rig: Rig) -> None:
    with rig.answering(OK + b"Content-Length: 8\r\n\r\n" + BODY) as proxy:
        host, port = proxy.reverse.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as raw:
            raw.sendall(
                b"POST /drive HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            )
            seen = b"".join(iter(lambda: raw.recv(4096), b""))
    assert seen.startswith(b"HTTP/1.1 400 ")
    assert b"iai-proxy: the request can't be read: it has both " in seen
    assert b"<html>" not in seen


def sent(proxy: RunningProxy, request: bytes, *, forward: bool = False) -> bytes:
    """Return all that a client gets for given bytes."""
    host, port = (proxy.forward if forward else proxy.reverse).removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as raw:
        raw.sendall(request)
        return b"".join(iter(lambda: raw.recv(4096), b""))


HOST = b"Host: localhost\r\n\r\n"
UNREADABLE = {
    "space in the path": b"GET /a b HTTP/1.1\r\n" + HOST,
    "no version": b"GET /test\r\n" + HOST,
    "not HTTP": b"hello\r\n\r\n",
    "not HTTP, and long": b"x" * 5000 + b"\r\n\r\n",
    "a line that is no field": b"GET /test HTTP/1.1\r\nHost a\r\n" + HOST,
    "length": b"POST /drive HTTP/1.1\r\nContent-Length: many\r\n" + HOST,
    "lengths": b"POST /drive HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n" + HOST,
    "tunnel without a port": b"CONNECT api.inverted.ai HTTP/1.1\r\n" + HOST,
    "chunks": b"POST /drive HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HOST + b"zz\r\n{}\r\n",
}


@pytest.mark.parametrize("forward", [False, True])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_request_that_can_not_be_read_is_refused_with_a_sentence(
    rig: Rig, kind: str, forward: bool
) -> None:
    with rig.answering(OK + b"Content-Length: 8\r\n\r\n" + BODY) as proxy:
        seen = sent(proxy, UNREADABLE[kind], forward=forward)
        assert by_http_client(proxy) == (200, BODY)  # the proxy goes on
    head, _, body = seen.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert 400 not in RETRIED_STATUSES
    assert b"content-type: text/plain" in head
    assert f"content-length: {len(body)}".encode() in head
    assert body.startswith(b"iai-proxy: the request can't be ")
    assert len(body) < 300
    assert rig.said == []


def test_a_tunnel_over_the_reverse_listener_is_refused_in_our_words(rig: Rig) -> None:
    with rig.answering(OK + b"Content-Length: 8\r\n\r\n" + BODY) as proxy:
        host = proxy.reverse.removeprefix("http://")
        request = b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (host.encode(), host.encode())
        seen = sent(proxy, request)
    assert seen.startswith(b"HTTP/1.1 400 ")
    assert b"CONNECT is for a forward proxy, and this is none" in seen
    assert b"mitmproxy" not in seen


def test_empty_lines_before_a_request_are_none_of_it(rig: Rig) -> None:
    with rig.answering(OK + b"Content-Length: 8\r\n\r\n" + BODY) as proxy:
        request = b"\r\n\r\nGET /test HTTP/1.1\r\nConnection: close\r\n" + HOST
        assert sent(proxy, request).endswith(BODY)
    assert [call.request.target for call in rig.exchanges()] == ["/test"]


def test_a_client_that_hangs_up_is_not_taken_for_a_server_without_an_answer(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        address = full.getsockname()
        for _ in range(3):  # until no further connection is let in
            queued = waiting.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(address)
        with rig.recording(f"http://127.0.0.1:{address[1]}") as proxy:
            host, port = proxy.reverse.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port)), timeout=20) as raw:
                raw.sendall(b"GET /test HTTP/1.1\r\n" + HOST)
                raw.settimeout(0.5)
                with pytest.raises(TimeoutError):
                    raw.recv(1)
            _wait_for(lambda: len(rig.exchanges()) == 1)
    (call,) = rig.exchanges()
    assert "client disconnected" in str(call.failure)
    assert rig.said == rig.summary == []


def _wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_mitmproxy_answers_by_itself_is_no_page_either() -> None:
    install()
    answer = _http1.make_error_response(502, "gone <b>")
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert answer.endswith(b"\r\n\r\niai-proxy: gone <b>")
    assert b"text/html" not in answer
    assert _http2.format_error(502, "gone") == b"iai-proxy: gone"
