"""Whatever goes wrong upstream: what a client is told, and what is recorded.

No client takes a part for the whole, and none is told by a page of mitmproxy's. What the SDK would
repeat for ever it is told only where the next attempt may succeed.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from support.breaking_server import End, breaking_server
from support.proxy import API, RunningProxy, self_signed
from support.tries import Tries

from iai_proxy.api import RETRIED_STATUSES, Exchange
from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.proxy.background import background_proxy
from iai_proxy.proxy.embed import ProxySpec
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.session.notices import Notices
from iai_proxy.settings.listen import Address, Listening

OK = b"HTTP/1.1 200 OK\r\n"
BODY = b'{"a": 1}'
SIZED = OK + b"Content-Length: 8\r\n\r\n" + BODY
UNTIL_END = OK + b"\r\n" + BODY
CHUNKS = OK + b"Transfer-Encoding: chunked\r\n\r\n8\r\n" + BODY + b"\r\n"
BROKEN, NONE, WHOLE = 424, 502, 200


class Rig:
    def __init__(self, folder: Path, authority: Authority) -> None:
        self.path, self.authority = folder / "run.iairec", authority
        self.certificate = self_signed(folder, "127.0.0.1")
        self.said: list[str] = []

    @contextmanager
    def recording(self, url: str, roots: Path | None = None) -> Iterator[RunningProxy]:
        target = Upstream.parse(url)
        listening = Listening(Address("127.0.0.1", 0), Address("127.0.0.1", 0))
        spec = ProxySpec(listening, self.authority.folder, target, roots)
        with RecordingWriter(self.path) as writer:
            recorder = RecordAddon(writer, Notices(self.said.append), target)
            with background_proxy(spec, lambda: [recorder]) as bound:
                assert bound.forward
                assert bound.reverse
                yield RunningProxy(bound.forward.url, bound.reverse.url, self.authority.path)

    def exchanges(self) -> list[Exchange]:
        with Recording(self.path) as recording:
            return list(recording.exchanges())


@pytest.fixture
def rig(tmp_path: Path, authority: Authority) -> Rig:
    return Rig(tmp_path, authority)


def asked(proxy: RunningProxy, *, http2: bool = False) -> httpx.Response:
    with proxy.client(http2=http2) as client:
        return client.get(f"{API}/test")


class Case(NamedTuple):
    """What a server does, what the client is told, and a part of what is said of it."""

    answer: bytes
    end: End
    status: int
    said: str = ""


PLAIN = {
    "until the end": Case(UNTIL_END, End.FIN, WHOLE),
    "until a reset": Case(UNTIL_END, End.RESET, BROKEN, "was cut"),
    "nothing until a reset": Case(OK + b"\r\n", End.RESET, BROKEN, "was cut"),
    "HTTP/1.0 until the end": Case(b"HTTP/1.0 200 OK\r\n\r\n" + BODY, End.FIN, WHOLE),
    "HTTP/1.0 until a reset": Case(b"HTTP/1.0 200 OK\r\n\r\n" + BODY, End.RESET, BROKEN, "was cut"),
    "whole before a reset": Case(SIZED, End.RESET, WHOLE),
    "chunks until a reset": Case(CHUNKS, End.RESET, BROKEN, "before the last chunk"),
    "chunks until the end": Case(CHUNKS, End.FIN, BROKEN, "before the last chunk"),
    "all chunks": Case(CHUNKS + b"0\r\n\r\n", End.FIN, WHOLE),
    "a part until a reset": Case(SIZED[:-3], End.RESET, BROKEN, "received 5 bytes, expected 8"),
    "a part of the head until a reset": Case(SIZED[:25], End.RESET, BROKEN, "within its head"),
    "no answer": Case(b"", End.FIN, NONE, "closed"),
    "a reset": Case(b"", End.RESET, NONE, "closed"),
    "100 and no answer": Case(b"HTTP/1.1 100 Continue\r\n\r\n", End.FIN, NONE, "closed"),
    "100 before it": Case(b"HTTP/1.1 100 Continue\r\n\r\n" + SIZED, End.FIN, WHOLE),
    "102 and 103 before it": Case(
        b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + SIZED,
        End.FIN,
        WHOLE,
    ),
    "a switch of protocols": Case(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc", End.FIN, BROKEN, "101"
    ),
    "a status that is none": Case(b"HTTP/1.1 42 Odd\r\n\r\n", End.FIN, BROKEN, "status is 42"),
    "another protocol": Case(b"220 mail.example ESMTP\r\n\r\n", End.FIN, BROKEN, "ESMTP"),
    "a head without end": Case(OK + b"a: b\r\n" * 60_000, End.FIN, BROKEN, "head has over"),
}
TLS = {
    "until close_notify": Case(UNTIL_END, End.FIN, WHOLE),
    "until TCP ends": Case(UNTIL_END, End.CUT, BROKEN, "was cut"),
    "until a reset": Case(UNTIL_END, End.RESET, BROKEN, "was cut"),
    "whole before TCP ends": Case(SIZED, End.CUT, WHOLE),
    "a part until close_notify": Case(SIZED[:-3], End.FIN, BROKEN, "received 5 bytes, expected 8"),
    "no answer": Case(b"", End.CUT, NONE, "closed"),
}


def check(rig: Rig, proxy: RunningProxy, case: Case) -> None:
    for http2 in (False, True):
        answer = asked(proxy, http2=http2)
        assert answer.status_code == case.status
        assert (case.status in RETRIED_STATUSES) == (case.status == NONE)
        if case.status == WHOLE:
            assert answer.content == BODY
        else:
            assert answer.text.startswith("iai-proxy: ")
            assert case.said in answer.text
            assert "<html" not in answer.text
    recorded = rig.exchanges()
    assert len(recorded) == 2
    for call in recorded:
        if case.status == WHOLE:
            assert call.failure is None
            assert call.response
            assert call.response.body == BODY
        else:
            assert call.failure or call.status == 101


@pytest.mark.parametrize("kind", PLAIN)
def test_what_comes_over_a_connection(rig: Rig, kind: str, tries: Tries) -> None:
    case = PLAIN[kind]
    with breaking_server(case.answer, case.end) as url, rig.recording(url) as proxy:
        check(rig, proxy, case)
    tries.note("upstream faults", 2)


@pytest.mark.parametrize("kind", TLS)
def test_what_comes_through_tls(rig: Rig, kind: str, tries: Tries) -> None:
    case = TLS[kind]
    with (
        breaking_server(case.answer, case.end, rig.certificate) as url,
        rig.recording(url, rig.certificate) as proxy,
    ):
        check(rig, proxy, case)
    tries.note("upstream faults", 2)


def test_a_server_that_is_not_trusted_is_not_asked_for_ever(rig: Rig, tries: Tries) -> None:
    with breaking_server(SIZED, End.FIN, rig.certificate) as url, rig.recording(url) as proxy:
        check(rig, proxy, Case(b"", End.FIN, BROKEN, "Certificate verify failed"))
    (notice,) = rig.said
    assert "look at the address, and at the certificate" in notice
    tries.note("upstream faults", 2)


def test_a_server_without_tls_is_not_asked_for_ever(rig: Rig, tries: Tries) -> None:
    refusal = b"HTTP/1.1 400 Bad\r\n\r\n"
    with (
        breaking_server(refusal, End.FIN, until=b"") as url,
        rig.recording(url.replace("http:", "https:")) as proxy,
    ):
        check(rig, proxy, Case(b"", End.FIN, BROKEN, "does not speak TLS"))
    tries.note("upstream faults", 2)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://no.such.host.invalid"])
def test_a_server_that_can_not_be_reached_may_be_so_later(rig: Rig, url: str, tries: Tries) -> None:
    with rig.recording(url) as proxy:
        check(rig, proxy, Case(b"", End.FIN, NONE, "no answer from http://"))
    tries.note("upstream faults", 2)


def test_a_call_that_leads_back_to_the_proxy_ends(rig: Rig, tries: Tries) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    target = Upstream.parse(f"http://127.0.0.1:{port}")
    listening = Listening(Address("127.0.0.1", 0), Address("127.0.0.1", port))
    spec = ProxySpec(listening, rig.authority.folder, target)
    with RecordingWriter(rig.path) as writer:
        recorder = RecordAddon(writer, Notices(rig.said.append), target)
        with background_proxy(spec, lambda: [recorder]) as bound:
            assert bound.forward
            proxy = RunningProxy(bound.forward.url, "", rig.authority.path)
            check(rig, proxy, Case(b"", End.FIN, BROKEN, "leads back to this proxy"))
    tries.note("upstream faults", 2)


NOT_TWO = {
    "CR in a value": b"X-A: b\rContent-Length: 0\r\n",
    "NUL in a value": b"X-A: b\x00Content-Length: 0\r\n",
    "LF in a value": b"X-A: b\n c: d\r\n",
    "CR in the reason": None,
}


@pytest.mark.parametrize("kind", NOT_TWO)
def test_no_client_finds_two_answers_in_one(rig: Rig, kind: str, tries: Tries) -> None:
    header = NOT_TWO[kind]
    head = OK + header if header else b"HTTP/1.1 200 O\rContent-Length: 0\r\n"
    answer = head + b"Content-Length: 8\r\n\r\n" + BODY
    with breaking_server(answer, End.FIN) as url, rig.recording(url) as proxy:
        host, port = proxy.reverse.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as raw:
            raw.sendall(b"GET /test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            seen = b"".join(iter(lambda: raw.recv(4096), b""))
    head, _, body = seen.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert not any(mark in line for line in lines for mark in (b"\r", b"\n", b"\x00"))
    assert sum(line.lower().startswith(b"content-length:") for line in lines) == 1
    assert body == BODY
    tries.note("upstream faults", 1)


BAD_CHUNK = OK + b"Transfer-Encoding: chunked\r\n\r\nbad\xe9\r\n"
TOLD_ONCE = {
    "lengths that differ": OK + b"Content-Length: 8\r\nContent-Length: 7\r\n\r\n" + BODY,
    "a chunk's size": BAD_CHUNK,
    "no status": b"HTTP/1.1 0 Odd\r\n\r\n",
    "a preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a length of 5,000 digits": OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n" + BODY,
    "a status of 5,000 digits": b"HTTP/1.1 " + b"2" * 5000 + b" OK\r\n\r\n",
    "a part of a body": SIZED[:-3],
    "a part of a head": SIZED[:25],
}


@pytest.mark.parametrize("end", [End.FIN, End.RESET])
@pytest.mark.parametrize("kind", TOLD_ONCE)
def test_a_call_has_one_answer_whatever_comes_of_it(
    rig: Rig, kind: str, end: End, tries: Tries
) -> None:
    with breaking_server(TOLD_ONCE[kind], end) as url, rig.recording(url) as proxy:
        host, port = proxy.reverse.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as raw:
            raw.sendall(b"GET /test HTTP/1.1\r\nHost: localhost\r\n\r\n")
            seen = b"".join(iter(lambda: raw.recv(4096), b""))
    assert seen.startswith(b"HTTP/1.1 424 ")
    assert seen.count(b"x-iai-proxy: refused\r\n") == 1
    assert b"set_int_max_str_digits" not in seen
    assert len(rig.exchanges()) == 1
    tries.note("upstream faults", 1)


def test_a_client_can_tell_where_an_answer_ends_whose_server_hangs_up(rig: Rig) -> None:
    with breaking_server(UNTIL_END, End.FIN) as url, rig.recording(url) as proxy:
        answer = asked(proxy)
    assert answer.headers["content-length"] == "8"
    (call,) = rig.exchanges()
    assert call.response
    assert "content-length" not in dict(call.response.headers)


def test_a_client_of_http_2_gets_an_answer_once_the_server_is_back(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with rig.recording(f"http://127.0.0.1:{port}") as proxy, proxy.client(http2=True) as client:
        assert client.get(f"{API}/test").status_code == NONE
        with breaking_server(SIZED, End.FIN, port=port):
            assert client.get(f"{API}/test").content == BODY
