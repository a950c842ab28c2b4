"""Servers of HTTP/2 through a real proxy with TLS on both sides, the client being curl."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from support.http2_server import HEAD, Answer, http2_server
from support.proxy import API, self_signed

from iai_proxy.api import RETRIED_STATUSES, Exchange
from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.proxy.background import background_proxy
from iai_proxy.proxy.embed import ProxySpec
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.session.notices import Notices
from iai_proxy.settings.listen import Address, Listening


class Rig:
    def __init__(self, folder: Path, authority: Authority) -> None:
        self.path, self.authority = folder / "run.iairec", authority
        self.certificate = self_signed(folder, "127.0.0.1")

    @contextmanager
    def recording(self, answer: Answer) -> Iterator[str]:
        """Give the URL of the proxy."""
        with (
            http2_server(self.certificate, answer) as url,
            RecordingWriter(self.path) as writer,
        ):
            target = Upstream.parse(url)
            listening = Listening(Address("127.0.0.1", 0), None)
            spec = ProxySpec(listening, self.authority.folder, target, self.certificate)
            recorder = RecordAddon(writer, Notices(lambda _: None), target)
            with background_proxy(spec, lambda: [recorder]) as bound:
                assert bound.forward
                yield bound.forward.url

    def asked(self, proxy: str, *paths: str) -> tuple[bytes, list[str]]:
        """Return the bodies that curl got, and status and version of each call."""
        command = ["curl", "-s", "-m", "20", "--http2", "--cacert", str(self.authority.path)]
        told = "\n=%{http_code} h%{http_version}\n"
        command += ["--proxy", proxy, "--parallel", "--write-out", told]
        urls = [API + path for path in paths]
        done = subprocess.run([*command, *urls], capture_output=True, check=True)
        return done.stdout, re.findall(r"(?m)^=(.*)$", done.stdout.decode())

    def exchanges(self) -> list[Exchange]:
        with Recording(self.path) as recording:
            return list(recording.exchanges())


@pytest.fixture
def rig(tmp_path: Path, authority: Authority) -> Rig:
    return Rig(tmp_path, authority)


def whole(connection: H2Connection, stream: int, path: str) -> None:
    connection.send_headers(stream, [(":status", "103"), ("link", "early")])
    connection.send_headers(stream, HEAD)
    connection.send_data(stream, f"<{path}>".encode())
    connection.send_headers(stream, [("x-sum", "1")], end_stream=True)


def test_many_calls_at_once_over_a_connection_are_each_answered_and_recorded(rig: Rig) -> None:
    paths = [f"/test?{number}" for number in range(50)]
    with rig.recording(whole) as proxy:
        body, told = rig.asked(proxy, *paths)
    assert told == ["200 h2"] * 50
    assert all(f"/test?{number}>".encode() in body for number in range(50))
    recorded = rig.exchanges()
    assert len(recorded) == 50
    for call in recorded:
        assert call.response
        assert call.response.http_version == "HTTP/2.0"
        path = call.request.target.removeprefix("/v0/aws/m1")  # of the upstream
        assert call.response.body == f"<{path}>".encode()
        assert ("x-sum", "1") in call.response.headers


def reset(code: ErrorCodes, *, begun: bool) -> Answer:
    def answer(connection: H2Connection, stream: int, path: str) -> None:
        if begun:
            connection.send_headers(stream, HEAD)
        connection.reset_stream(stream, code)

    return answer


def other_length(connection: H2Connection, stream: int, path: str) -> None:
    connection.send_headers(stream, [*HEAD, ("content-length", "50")])
    connection.send_data(stream, b'{"a": 1}', end_stream=True)


def only_a_length(connection: H2Connection, stream: int, path: str) -> None:
    connection.send_headers(stream, [*HEAD, ("content-length", "50")], end_stream=True)


def trailers_for_the_rest(connection: H2Connection, stream: int, path: str) -> None:
    connection.send_headers(stream, [*HEAD, ("content-length", "50")])
    connection.send_data(stream, b'{"a": 1}')
    connection.send_headers(stream, [("x-sum", "1")], end_stream=True)


def head(*fields: tuple[str, str]) -> Answer:
    def answer(connection: H2Connection, stream: int, path: str) -> None:
        connection.send_headers(stream, fields, end_stream=True)

    return answer


def goodbye(connection: H2Connection, stream: int, path: str) -> None:
    connection.close_connection()


@pytest.mark.parametrize(
    ("answer", "status", "what"),
    [
        (reset(ErrorCodes.REFUSED_STREAM, begun=False), 502, "by the server (REFUSED_STREAM)"),
        (reset(ErrorCodes.CANCEL, begun=False), 502, "stream reset by the server (CANCEL)"),
        (reset(ErrorCodes.INTERNAL_ERROR, begun=True), 424, "by the server (INTERNAL_ERROR)"),
        (other_length, 424, "Expected 50 bytes, received 8"),
        (only_a_length, 424, "received 0 bytes, expected 50"),
        (trailers_for_the_rest, 424, "received 8 bytes, expected 50"),
        (head((":status", "200"), ("content-length", "9" * 5000)), 424, "content-length"),
        (head((":status", "2" * 5000)), 424, "status"),
        (head((":status", "0")), 424, "status"),
        (head((":status", "99999")), 424, "status"),
        (goodbye, 502, "the server ended the HTTP/2 connection (GOAWAY)"),
    ],
)
def test_no_answer_is_repeated_by_the_sdk_and_a_broken_answer_is_not(
    rig: Rig, answer: Answer, status: int, what: str
) -> None:
    with rig.recording(answer) as proxy:
        body, told = rig.asked(proxy, "/test")
    assert told == [f"{status} h2"]
    assert (status in RETRIED_STATUSES) == (status == 502)
    assert body.startswith(b"iai-proxy: ")
    assert what in body.decode()
    assert [what in str(call.failure) for call in rig.exchanges()] == [True]


def leaving(last: int) -> Answer:
    """Say goodbye in the middle of each answer, having taken the call with number ``last``."""

    def answer(connection: H2Connection, stream: int, path: str) -> None:
        connection.send_headers(stream, HEAD)
        connection.send_data(stream, b"<")
        state = connection.state_machine.state
        connection.close_connection(last_stream_id=last)
        connection.state_machine.state = state
        connection.send_data(stream, b">", end_stream=True)

    return answer


def test_a_server_that_says_goodbye_still_answers_what_it_has_taken(rig: Rig) -> None:
    with rig.recording(leaving(last=1)) as proxy:
        for _ in range(2):
            body, told = rig.asked(proxy, "/test")
            assert told == ["200 h2"]
            assert body.startswith(b"<>")
    assert [call.failure for call in rig.exchanges()] == [None, None]


def test_calls_that_a_server_has_not_taken_get_no_answer(rig: Rig) -> None:
    with rig.recording(leaving(last=0)) as proxy:
        body, told = rig.asked(proxy, "/test")
    assert told == ["424 h2"]  # it had begun
    assert b"the server ended the HTTP/2 connection (GOAWAY)" in body


def test_calls_that_wait_for_a_server_are_not_forgotten_when_it_leaves(rig: Rig) -> None:
    def answer(connection: H2Connection, stream: int, path: str) -> None:
        connection.close_connection(last_stream_id=0)

    with rig.recording(answer) as proxy:
        body, told = rig.asked(proxy, *(f"/test?{number}" for number in range(20)))
    assert told == ["502 h2"] * 20
    assert body.count(b"iai-proxy: no answer from ") == 20
