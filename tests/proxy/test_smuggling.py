"""Smuggled requests: what reaches the upstream is what is recorded, and nothing else.

The upstream reads strictly, and counts. Requests come in clear, and through TLS in a tunnel.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.http2_client import Http2Answer, Http2Request, ask
from support.proxy import RunningProxy, running_proxy
from support.smuggling import (
    FIVE_BYTES_HTTP2,
    HIDDEN,
    PASSED,
    PASSED_HTTP2,
    REFUSED,
    REFUSED_HTTP2,
    REFUSED_TRAILERS_HTTP2,
    WRONG_LENGTHS_HTTP2,
)
from support.strict_server import Got, StrictUpstream, strict_server
from support.tries import Tries

from iai_proxy.api import RETRIED_STATUSES
from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.session.notices import Notices

pytestmark = pytest.mark.xdist_group("smuggling")


class Rig:
    def __init__(self, path: Path, upstream: StrictUpstream, proxy: RunningProxy) -> None:
        self.path, self.upstream, self.proxy = path, upstream, proxy

    def sent(self, data: bytes, *, tunnel: bool = False) -> bytes:
        """Return all that a client gets for given bytes."""
        with self._tunnel() if tunnel else self._connected(self.proxy.reverse) as client:
            client.sendall(data)
            return b"".join(iter(lambda: client.recv(65536), b""))

    def asked(self, request: Http2Request) -> Http2Answer:
        """Return what a client of HTTP/2 gets."""
        with self._tunnel("h2") as client:
            assert client.selected_alpn_protocol() == "h2"
            return ask(client, request)

    def _connected(self, url: str) -> socket.socket:
        host, port = url.removeprefix("http://").split(":")
        return socket.create_connection((host, int(port)), timeout=20)

    def _tunnel(self, protocol: str = "http/1.1") -> ssl.SSLSocket:
        plain = self._connected(self.proxy.forward)
        plain.sendall(b"CONNECT api.inverted.ai:443 HTTP/1.1\r\nHost: api.inverted.ai\r\n\r\n")
        assert plain.recv(65536).startswith(b"HTTP/1.1 200 ")
        context = ssl.create_default_context(cafile=str(self.proxy.ca))
        context.set_alpn_protocols([protocol])
        return context.wrap_socket(plain, server_hostname="api.inverted.ai")

    def recorded(self) -> list[Got]:
        with Recording(self.path) as recording:
            return [
                Got(
                    call.request.method,
                    call.request.target,
                    tuple((name.lower(), value) for name, value in call.request.headers),
                    call.request.body,
                )
                for call in recording.exchanges()
            ]


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Rig]:
    path = tmp_path_factory.mktemp("smuggling") / "run.iairec"
    with strict_server() as upstream, RecordingWriter(path) as writer:
        target = Upstream.parse(upstream.url)
        recorder = RecordAddon(writer, Notices(lambda _: None), target)
        with running_proxy(authority, lambda: [recorder], upstream.url) as proxy:
            yield Rig(path, upstream, proxy)
    assert upstream.odd == []
    recorded = Rig(path, upstream, proxy).recorded()
    assert list(map(_content, upstream.requests)) == list(map(_content, recorded))


def _content(got: Got) -> Got:
    """Leave out what frames a request, the upstream's own host, and secrets."""
    framing = {"host", "content-length", "transfer-encoding", "x-sum", "cookie"}
    headers = [(name, value) for name, value in got.headers if name not in framing]
    return got._replace(headers=tuple(headers))


@pytest.mark.parametrize("tunnel", [False, True])
@pytest.mark.parametrize("shape", REFUSED)
def test_what_could_be_read_in_two_ways_is_refused(
    rig: Rig, shape: str, tunnel: bool, tries: Tries
) -> None:
    before = len(rig.upstream.requests)
    seen = rig.sent(REFUSED[shape], tunnel=tunnel)
    head, _, body = seen.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert body.startswith(b"iai-proxy: the request can't be read: ")
    assert seen.count(b"x-iai-proxy: ") == 1
    assert 400 not in RETRIED_STATUSES
    assert len(rig.upstream.requests) == before
    tries.note("smuggling", 1)


@pytest.mark.parametrize("tunnel", [False, True])
@pytest.mark.parametrize("shape", PASSED)
def test_what_can_be_read_in_one_way_is_passed_on_and_recorded(
    rig: Rig, shape: str, tunnel: bool, tries: Tries
) -> None:
    data, count = PASSED[shape]
    before = len(rig.recorded())
    seen = rig.sent(data, tunnel=tunnel)
    assert seen.count(b"HTTP/1.1 200 ") == count
    assert len(rig.recorded()) == before + count
    tries.note("smuggling", 1)


@pytest.mark.parametrize("shape", REFUSED_HTTP2)
def test_what_breaks_rules_of_http_2_is_refused(rig: Rig, shape: str, tries: Tries) -> None:
    before = len(rig.upstream.requests)
    answer = rig.asked(Http2Request(REFUSED_HTTP2[shape], HIDDEN))
    assert answer.status == 400
    assert answer.body.startswith(b"iai-proxy: the request can't be read: ")
    assert len(rig.upstream.requests) == before
    tries.note("smuggling", 1)


@pytest.mark.parametrize("shape", REFUSED_TRAILERS_HTTP2)
def test_trailers_that_break_rules_of_http_2_are_refused(
    rig: Rig, shape: str, tries: Tries
) -> None:
    before = len(rig.upstream.requests)
    request = Http2Request(PASSED_HTTP2["no length"], b"{}", REFUSED_TRAILERS_HTTP2[shape])
    answer = rig.asked(request)
    assert answer.status == 400
    assert answer.body.startswith(b"iai-proxy: the request can't be read: ")
    assert len(rig.upstream.requests) == before
    tries.note("smuggling", 1)


@pytest.mark.parametrize("shape", WRONG_LENGTHS_HTTP2)
def test_a_length_that_is_wrong_is_refused(rig: Rig, shape: str, tries: Tries) -> None:
    before = len(rig.upstream.requests)
    assert rig.asked(Http2Request(WRONG_LENGTHS_HTTP2[shape], HIDDEN)).status in {0, 400}
    assert len(rig.upstream.requests) == before
    tries.note("smuggling", 1)


@pytest.mark.parametrize(
    "request_",
    [
        Http2Request(FIVE_BYTES_HTTP2, None),
        Http2Request(FIVE_BYTES_HTTP2, b"{}", [(b"x-sum", b"1")]),
    ],
    ids=["no body", "trailers"],
)
def test_a_body_shorter_than_its_length_is_refused_however_it_ends(
    rig: Rig, request_: Http2Request, tries: Tries
) -> None:
    before = len(rig.upstream.requests)
    answer = rig.asked(request_)
    assert answer.status == 400
    assert b"its Content-Length is 5" in answer.body
    assert len(rig.upstream.requests) == before
    tries.note("smuggling", 1)


@pytest.mark.parametrize("trailers", [None, [(b"x-sum", b"1")]])
@pytest.mark.parametrize("shape", PASSED_HTTP2)
def test_a_request_of_http_2_is_passed_on_as_one_of_http_1(
    rig: Rig, shape: str, trailers: list[tuple[bytes, bytes]] | None, tries: Tries
) -> None:
    before = len(rig.upstream.requests)
    assert rig.asked(Http2Request(PASSED_HTTP2[shape], HIDDEN, trailers)).status == 200
    (got,) = rig.upstream.requests[before:]
    assert got.body == HIDDEN
    tries.note("smuggling", 1)
