"""Bodies that are too large, over a real proxy: both directions, each framing, each coding."""

from __future__ import annotations

import gzip
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
import zstandard
from h2.connection import H2Connection
from support.http2_server import HEAD, http2_server
from support.proxy import API, RunningProxy, Upstreamed, running_proxy, self_signed
from support.raw_server import raw_server
from support.tries import Tries

from iai_proxy.api import RETRIED_STATUSES, Exchange
from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.diagnosis.checks.calls.calls_failed import CallsFailed
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.session.notices import Notices

MOST = 1_000_000
LARGE = bytes(3 * MOST)


class Rig:
    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder, self.authority = folder, authority
        self.said: list[str] = []
        self.summary: list[str] = []

    @contextmanager
    def recording(self, upstream: str, roots: Path | None = None) -> Iterator[RunningProxy]:
        """Record with a limit of 1 MB for what travels, and of 2 MB for what is decoded."""
        target = Upstream.parse(upstream)
        with RecordingWriter(self.folder / "run.iairec") as writer:
            recorder = RecordAddon(writer, Notices(self.said.append), target, 2 * MOST)
            with running_proxy(
                self.authority,
                lambda: [recorder],
                upstream,
                most_body=MOST,
                upstream_ca=roots,
            ) as proxy:
                yield proxy
            self.summary = list(recorder.troubles.summary())

    def only_exchange(self) -> Exchange:
        with Recording(self.folder / "run.iairec") as recording:
            (exchange,) = recording.exchanges()
        return exchange


@pytest.fixture
def rig(tmp_path: Path, authority: Authority) -> Rig:
    return Rig(tmp_path, authority)


def sent(proxy: RunningProxy, *pieces: bytes) -> bytes:
    """Send pieces to the reverse listener one after the other, then read the sentence."""
    url = urlsplit(proxy.reverse)
    with socket.create_connection((url.hostname, url.port), timeout=20) as client:
        for piece in pieces:
            client.sendall(piece)
        answer = b""
        while b"allows more" not in answer and (more := client.recv(65536)):
            answer += more
        return answer


def head(*fields: bytes) -> bytes:
    lines = (b"POST /drive HTTP/1.1", b"host: localhost", *fields, b"")
    return b"".join(line + b"\r\n" for line in lines)


CHUNK = b"%x\r\n%b\r\n" % (500_000, bytes(500_000))


@pytest.mark.parametrize(
    "pieces",
    [
        (head(b"content-length: 1000001"),),
        (head(b"content-length: 1000001", b"expect: 100-continue"),),
        (head(b"content-length: 999999999999999"),),
        (head(b"content-length: 3000000"), LARGE),
        (head(b"transfer-encoding: chunked"), CHUNK, CHUNK, CHUNK[:600]),
        (head(b"transfer-encoding: chunked"), b"fffffffff\r\n", LARGE),
    ],
    ids=["a byte more", "who waits", "huge", "sent whole", "chunks", "a huge chunk"],
)
def test_a_request_that_is_too_large_never_reaches_the_upstream(
    rig: Rig, upstream: Upstreamed, pieces: tuple[bytes, ...], tries: Tries
) -> None:
    with rig.recording(upstream.url) as proxy:
        answer = sent(proxy, *pieces)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"1 MB are taken at most; --max-body MB allows more" in answer
    assert not upstream.requests
    recorded = rig.only_exchange()
    assert recorded.response is None
    assert recorded.request.body == b""
    assert "--max-body" in (recorded.failure or "")
    tries.note("bounds", 1)


def test_a_request_that_is_just_as_large_as_allowed_goes_through(
    rig: Rig, upstream: Upstreamed
) -> None:
    with rig.recording(upstream.url) as proxy, proxy.client() as client:
        assert client.post(API + "/drive", content=LARGE[:MOST]).status_code == 200
    assert rig.only_exchange().request.body == LARGE[:MOST]


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_curl_reads_why_its_request_is_refused(
    rig: Rig, upstream: Upstreamed, version: str
) -> None:
    body = rig.folder / "body"
    body.write_bytes(LARGE)
    with rig.recording(upstream.url) as proxy:
        command = ["curl", "-s", "-m", "20", version, "--cacert", str(rig.authority.path)]
        options = ["--proxy", proxy.forward, "-w", "=%{http_code}", "-H", "Expect:"]
        done = subprocess.run(
            [*command, *options, "--data-binary", f"@{body}", API + "/drive"],
            capture_output=True,
            check=False,
        )
    assert done.stdout.endswith(b"=413")
    assert b"--max-body" in done.stdout
    assert not upstream.requests
    assert "--max-body" in (rig.only_exchange().failure or "")


ANSWERS = {
    "length": (b"content-length: 3000000\r\n\r\n", False),
    "huge length": (b"content-length: 999999999999999\r\n\r\n", False),
    "chunks": (b"transfer-encoding: chunked\r\n\r\n" + CHUNK * 5, False),
    "a huge chunk": (b"transfer-encoding: chunked\r\n\r\nfffffffff\r\n" + LARGE, False),
    "until the end": (b"\r\n" + LARGE, True),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_is_too_large_is_a_failure_that_the_sdk_does_not_repeat(
    rig: Rig, kind: str, tries: Tries
) -> None:
    rest, closes = ANSWERS[kind]
    with (
        raw_server(b"HTTP/1.1 200 OK\r\n" + rest, closes=closes) as url,
        rig.recording(url) as proxy,
        proxy.client() as client,
    ):
        answer = client.post(API + "/drive", content=b"{}")
    assert answer.status_code == 413
    assert answer.status_code not in RETRIED_STATUSES
    assert "1 MB are taken at most; --max-body MB allows more" in answer.text
    recorded = rig.only_exchange()
    assert "--max-body" in (recorded.failure or "")
    assert recorded.request.body == b"{}"
    assert recorded.response
    assert recorded.response.body == b""
    assert len(rig.said) == 1
    assert "too large an answer" in rig.said[0]
    tries.note("bounds", 1)


def test_an_answer_over_http2_that_is_too_large_is_refused(rig: Rig) -> None:
    def answer(connection: H2Connection, stream: int, path: str) -> None:
        connection.send_headers(stream, [*HEAD, ("content-length", "3000000")])

    certificate = self_signed(rig.folder, "127.0.0.1")
    with (
        http2_server(certificate, answer) as url,
        rig.recording(url, certificate) as proxy,
        proxy.client(http2=True) as client,
    ):
        assert client.post(API + "/drive", content=b"{}").status_code == 413
    assert "--max-body" in (rig.only_exchange().failure or "")


BOMBS = {
    "gzip": gzip.compress(LARGE),
    "br": brotli.compress(LARGE),
    "zstd": zstandard.compress(LARGE),
    "gzip, gzip": gzip.compress(gzip.compress(LARGE)),
}


@pytest.mark.parametrize("coding", BOMBS)
def test_a_request_that_holds_too_much_never_reaches_the_upstream(
    rig: Rig, upstream: Upstreamed, coding: str, tries: Tries
) -> None:
    with rig.recording(upstream.url) as proxy, proxy.client() as client:
        fields = {"content-encoding": coding}
        answer = client.post(API + "/drive", content=BOMBS[coding], headers=fields)
    assert answer.status_code == 413
    assert "more than 2 MB once its content coding is undone: --max-decoded" in answer.text
    assert not upstream.requests
    recorded = rig.only_exchange()
    assert "--max-decoded" in (recorded.failure or "")
    assert recorded.request.body == b""
    tries.note("bounds", 1)


@pytest.mark.parametrize("coding", BOMBS)
def test_an_answer_that_holds_too_much_is_refused_and_recorded_without_its_body(
    rig: Rig, upstream: Upstreamed, coding: str, tries: Tries
) -> None:
    upstream.answer = lambda _: (200, {"content-encoding": coding}, BOMBS[coding])
    with rig.recording(upstream.url) as proxy, proxy.client() as client:
        answer = client.post(API + "/drive", content=b"{}")
        assert client.get(API + "/").status_code in {200, 413}  # the connection goes on
    assert answer.status_code == 413
    assert "--max-decoded" in answer.text
    with Recording(rig.folder / "run.iairec") as recording:
        recorded = next(iter(recording.exchanges()))
    assert "--max-decoded" in (recorded.failure or "")
    assert recorded.response
    assert (recorded.response.status, recorded.response.body) == (200, b"")
    tries.note("bounds", 1)


def test_each_kind_of_body_that_is_too_large_is_said_and_counted(
    rig: Rig, upstream: Upstreamed
) -> None:
    """A paid answer is lost with it, and what is refused was not asked."""
    upstream.answer = lambda _: (200, {"content-encoding": "gzip"}, BOMBS["gzip"])
    with rig.recording(upstream.url) as proxy, proxy.client() as client:
        for _ in range(2):
            client.post(API + "/other", content=b"{}")
        client.post(API + "/drive", content=BOMBS["br"], headers={"content-encoding": "br"})
        sent(proxy, head(b"content-length: 1000001"))
        upstream.answer = lambda _: (200, {}, LARGE)
        client.get(API + "/other")
    where = r"https?://[^ ]+"
    expected = [
        rf"2 calls got an answer larger than --max-decoded allows from {where}: give a higher --",
        rf"1 call sent a body larger than --max-decoded allows to {where}: give a higher --max-dec",
        rf"1 call sent a body larger than --max-body allows to {where}: give a higher --max-bo",
        rf"1 call got an answer larger than --max-body allows from {where}: give a higher --max-bo",
    ]
    for line, pattern in zip(rig.summary, expected, strict=True):
        assert re.match(pattern, line)
    assert len(rig.said) == 4
    found = diagnosed(rig.folder / "run.iairec", checks=[CallsFailed]).located
    failed = [each.finding.message for each in found]
    assert sorted(message[: message.index("#")] for message in failed) == [
        "1 call of drive failed with a body larger than --max-body allows: ",
        "1 call of drive failed with a body larger than --max-decoded allows: ",
        "1 call of other failed with a body larger than --max-body allows: ",
        "2 calls of other failed with a body larger than --max-decoded allows: ",
    ]


def test_a_client_that_sends_on_for_ever_is_hung_up_on(rig: Rig, upstream: Upstreamed) -> None:
    def send_on(client: socket.socket) -> None:
        for _ in range(2000):
            client.sendall(LARGE[:1000])
            time.sleep(0.005)

    with rig.recording(upstream.url) as proxy:
        url = urlsplit(proxy.reverse)
        with socket.create_connection((url.hostname, url.port), timeout=20) as client:
            client.sendall(head(b"content-length: 99999999999"))
            with pytest.raises(OSError, match=r"Broken pipe|reset by peer"):
                send_on(client)
