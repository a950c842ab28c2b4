"""Recording through a real proxy with TLS: what the client saw is recorded, or refused."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import sqlite3
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest
from mitmproxy import addonmanager, http
from mitmproxy.proxy.layers.http import HttpRequestHook, HttpResponseHook
from mitmproxy.test import taddons, tflow
from support.proxy import API, RunningProxy, Upstreamed, running_proxy, self_signed

from iai_proxy.api import Exchange, Request
from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.proxy.distrust import DistrustNotice
from iai_proxy.proxy.embed import MitmproxyLog
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.recordings.writer import RecordingFailedError
from iai_proxy.session.notices import Notices


class Rig:
    def __init__(self, path: Path, authority: Authority, upstream: Upstreamed) -> None:
        self.path, self.authority, self.upstream = path, authority, upstream
        self.said: list[str] = []

    @contextmanager
    def recording(self, **more: Any) -> Iterator[RunningProxy]:
        writer = RecordingWriter(self.path)
        notices = Notices(self.said.append)
        target = Upstream.parse(self.upstream.url)
        with (
            writer,
            running_proxy(
                self.authority,
                lambda: [DistrustNotice(notices), RecordAddon(writer, notices, target)],
                self.upstream.url,
                **more,
            ) as proxy,
        ):
            yield proxy

    def exchanges(self) -> list[Exchange]:
        with Recording(self.path) as recording:
            return list(recording.exchanges())


@pytest.fixture
def rig(tmp_path: Path, authority: Authority, upstream: Upstreamed) -> Rig:
    return Rig(tmp_path / "run.iairec", authority, upstream)


def test_every_endpoint_is_recorded_also_one_that_nobody_listed(rig: Rig) -> None:
    calls = [
        ("GET", ""),
        ("GET", "/location_info?location=a"),
        ("POST", "/initialize"),
        ("POST", "/drive"),
    ]
    calls += [
        ("POST", "/blame"),
        ("GET", "/light?location=a"),
        ("GET", "/test"),
        ("PUT", "/tomorrow/x?y=1"),
    ]
    with rig.recording() as proxy, proxy.client() as client:
        for method, path in calls:
            assert (
                client.request(
                    method, API + path, content=b"{}" if method != "GET" else None
                ).status_code
                == 200
            )
    assert [exchange.endpoint for exchange in rig.exchanges()] == [
        "key_check", "location_info", "initialize", "drive", "blame", "light", "test", "other",
    ]  # fmt: skip
    assert [exchange.request.target for exchange in rig.exchanges()][
        -1
    ] == "/v0/aws/m1/tomorrow/x?y=1"


def test_an_exchange_holds_both_sides_and_rising_times(rig: Rig) -> None:
    with rig.recording() as proxy, proxy.client() as client:
        client.post(f"{API}/drive", content=b'{"a": 1}', headers={"x-client-version": "0.0.22"})
    (exchange,) = rig.exchanges()
    request, response = exchange.request, exchange.response
    assert response is not None
    assert (request.body, response.body) == (b'{"a": 1}', b'{"path":"/drive"}')
    assert request.url == f"{API}/drive"
    times = [request.started_ns, request.ended_ns, response.started_ns, response.ended_ns]
    assert times == sorted(times)
    assert times[0] > 1_700_000_000_000_000_000
    assert exchange.ended_ns == response.ended_ns


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_an_encoded_answer_is_stored_decoded_and_passed_on_as_it_came(
    rig: Rig, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    body = b'{"x": [1, 2, 3]}' * 50
    packed = pack(body)
    rig.upstream.answer = lambda _: (200, {"content-encoding": coding}, packed)
    with rig.recording() as proxy, proxy.client() as client:
        response = client.get(f"{API}/test", headers={"accept-encoding": coding})
        assert response.content == body
        assert response.headers["content-encoding"] == coding
    response_stored = rig.exchanges()[0].response
    assert response_stored is not None
    assert (response_stored.body, response_stored.encoding) == (body, coding)


def test_a_body_that_cannot_be_decoded_is_kept_as_it_travelled(rig: Rig) -> None:
    rig.upstream.answer = lambda _: (200, {"content-encoding": "gzip"}, b"this is not gzip")
    with rig.recording() as proxy, proxy.client() as client, pytest.raises(httpx.DecodingError):
        client.get(f"{API}/test")
    response = rig.exchanges()[0].response
    assert response is not None
    assert (response.body, response.encoding) == (b"this is not gzip", "!gzip")


def test_http2_clients_are_recorded(rig: Rig) -> None:
    with rig.recording() as proxy, proxy.client(http2=True) as client:
        assert client.post(f"{API}/drive", content=b"{}").http_version == "HTTP/2"
    (exchange,) = rig.exchanges()
    assert exchange.request.http_version == "HTTP/2.0"
    assert exchange.endpoint == "drive"


def test_an_upstream_that_hangs_up_is_a_failed_exchange(rig: Rig) -> None:
    rig.upstream.answer = lambda _: (0, {}, b"")
    with rig.recording() as proxy, proxy.client() as client:
        assert client.post(f"{API}/drive", content=b"{}").status_code == 502
    (exchange,) = rig.exchanges()
    assert exchange.response is None
    assert exchange.failure
    assert any("no answer from" in line for line in rig.said)


def test_error_statuses_and_retries_are_exchanges_of_their_own(rig: Rig) -> None:
    statuses = iter([503, 503, 200])
    rig.upstream.answer = lambda _: (next(statuses), {}, b"{}")
    with rig.recording() as proxy, proxy.client() as client:
        for _ in range(3):
            client.post(f"{API}/drive", content=b"{}")
    assert [exchange.status for exchange in rig.exchanges()] == [503, 503, 200]


def test_concurrent_calls_each_keep_their_own_answer(rig: Rig) -> None:
    rig.upstream.answer = lambda path: (200, {}, path.encode())
    with rig.recording() as proxy, proxy.client() as client, ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: client.get(f"{API}/test?n={number}"), range(64)))
    pairs = [
        (exchange.request.target, exchange.response and exchange.response.body)
        for exchange in rig.exchanges()
    ]
    assert len(pairs) == 64
    assert all(body and target.endswith(body.decode()) for target, body in pairs)


def test_the_reverse_listener_and_the_forward_one_serve_at_once(rig: Rig) -> None:
    with rig.recording() as proxy, proxy.client() as client, httpx.Client(trust_env=False) as plain:
        client.post(f"{API}/drive", content=b"1")
        plain.post(f"{proxy.reverse}/drive", content=b"2")
    assert [path for _, path, _ in rig.upstream.requests] == ["/drive", "/drive"]
    assert [exchange.request.target for exchange in rig.exchanges()] == [
        "/v0/aws/m1/drive",
        "/drive",
    ]


def test_the_key_is_nowhere_in_the_file(rig: Rig) -> None:
    rig.upstream.answer = lambda _: (
        200,
        {"x-echo": "my-secret-key-1"},
        b'{"echo": "my-secret-key-1"}',
    )
    with rig.recording() as proxy, proxy.client() as client:
        headers = {
            "x-api-key": "my-secret-key-1",
            "api-key": "my-secret-key-1",
            "cookie": "session=oatmeal-cookie",
        }
        answer = client.post(
            f"{API}/drive?k=my-secret-key-1", content=b'"my-secret-key-1"', headers=headers
        )
        assert answer.json() == {"echo": "my-secret-key-1"}  # only what is stored is changed
    with sqlite3.connect(rig.path) as connection:
        dump = "\n".join(str(row) for row in connection.execute("SELECT * FROM exchange"))
    connection.close()
    everything = dump.encode() + rig.path.read_bytes()
    bodies = b"".join(
        exchange.request.body + (exchange.response.body if exchange.response else b"")
        for exchange in rig.exchanges()
    )
    assert b"my-secret-key-1" not in everything + bodies
    assert b"oatmeal" not in everything
    assert b"[redacted:" in bodies


def test_a_client_that_does_not_trust_the_ca_is_reported_once_with_the_fix(rig: Rig) -> None:
    with rig.recording() as proxy:
        for _ in range(2):
            with (
                httpx.Client(proxy=proxy.forward, trust_env=False) as client,
                pytest.raises(httpx.ConnectError),
            ):
                client.get(f"{API}/test")
    (notice,) = rig.said
    assert "api.inverted.ai" in notice
    assert "does not trust" in notice
    assert "iai-proxy env" in notice


def test_tls_of_other_hosts_passes_through_unread(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 127.2 stands for another machine: the client must meet the server's own certificate.
    monkeypatch.setattr("iai_proxy.proxy.doorkeeper.is_this_machine", lambda _: False)
    certificate = self_signed(tmp_path, "127.0.0.2")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.2", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1000)
            secured.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi")

    thread = threading.Thread(target=serve)
    thread.start()
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.check_hostname = False
    with (
        rig.recording() as proxy,
        httpx.Client(proxy=proxy.forward, verify=trusting, trust_env=False) as client,
    ):
        assert client.get(f"https://127.2:{listener.getsockname()[1]}/").text == "hi"
    thread.join()
    listener.close()
    assert rig.exchanges() == []


class FailingWriter:
    """Stands in for a writer whose disk is full: takes nothing from the n-th call on."""

    def __init__(self, *, check_fails: bool, append_fails: bool) -> None:
        self._check_fails, self._append_fails = check_fails, append_fails

    def foresee(self, request: Request) -> None:
        """Nothing can be done beforehand."""

    def check(self) -> Future[int]:
        return _future(fails=self._check_fails)

    def append(self, make: Callable[[], Exchange]) -> Future[int]:
        make()
        return _future(fails=self._append_fails)

    def record(self, exchange: Exchange, most: int) -> Future[int]:
        return _future(fails=self._append_fails)


def _future(*, fails: bool) -> Future[int]:
    future: Future[int] = Future()
    if fails:
        future.set_exception(
            RecordingFailedError("can't write run.iairec: database or disk is full")
        )
    else:
        future.set_result(1)
    return future


def test_an_answer_that_cannot_be_recorded_is_refused(
    authority: Authority, upstream: Upstreamed
) -> None:
    writer = FailingWriter(check_fails=False, append_fails=True)
    with _recording_into(writer, authority, upstream) as proxy, proxy.client() as client:
        response = client.post(f"{API}/drive", content=b"{}")
    assert response.status_code == 424
    assert response.text == "iai-proxy: can't write run.iairec: database or disk is full"
    assert len(upstream.requests) == 1


def test_a_request_is_not_sent_upstream_while_nothing_can_be_recorded(
    authority: Authority, upstream: Upstreamed
) -> None:
    writer = FailingWriter(check_fails=True, append_fails=True)
    with _recording_into(writer, authority, upstream) as proxy, proxy.client() as client:
        assert client.post(f"{API}/drive", content=b"{}").status_code == 424
    assert upstream.connections == 0


class BuggyWriter(FailingWriter):
    def check(self) -> Future[int]:
        raise ZeroDivisionError("a bug")


def test_a_bug_in_the_request_hook_never_reaches_upstream(
    authority: Authority, upstream: Upstreamed
) -> None:
    writer = BuggyWriter(check_fails=False, append_fails=False)
    with _recording_into(writer, authority, upstream) as proxy, proxy.client() as client:
        response = client.post(f"{API}/drive", content=b"{}")
    assert response.status_code == 424
    assert "ZeroDivisionError" in response.text
    assert upstream.connections == 0


async def _trigger(addon: object, *hooks: addonmanager.hooks.Hook) -> None:
    with taddons.context(addon) as context:
        for hook in hooks:
            await context.master.addons.handle_lifecycle(hook)


def test_through_mitmproxys_own_manager_a_bug_becomes_a_refusal() -> None:
    import asyncio

    flow = tflow.tflow(req=http.Request.make("POST", f"{API}/drive", b"{}"))
    writer = BuggyWriter(check_fails=False, append_fails=False)
    asyncio.run(_trigger(RecordAddon(writer, Notices(print)), HttpRequestHook(flow)))  # type: ignore[arg-type]
    assert flow.response is not None
    assert flow.response.status_code == 424


def test_through_mitmproxys_own_manager_a_failed_commit_replaces_the_answer() -> None:
    import asyncio

    flow = tflow.tflow(req=http.Request.make("POST", f"{API}/drive", b"{}"))
    recorder = RecordAddon(FailingWriter(check_fails=False, append_fails=True), Notices(print))  # type: ignore[arg-type]

    async def both() -> None:
        with taddons.context(recorder) as context:
            await context.master.addons.handle_lifecycle(HttpRequestHook(flow))
            flow.response = http.Response.make(200, json.dumps({"an": "answer"}))
            await context.master.addons.handle_lifecycle(HttpResponseHook(flow))

    asyncio.run(both())
    assert flow.response.status_code == 424
    assert "answer" not in flow.response.text


@contextmanager
def _recording_into(
    writer: FailingWriter, authority: Authority, upstream: Upstreamed
) -> Iterator[RunningProxy]:
    target = Upstream.parse(upstream.url)
    with running_proxy(
        authority,
        lambda: [RecordAddon(writer, Notices(lambda _: None), target)],  # type: ignore[arg-type]
        upstream.url,
    ) as proxy:
        yield proxy


def test_a_host_that_is_known_by_its_tls_name_only_is_recorded_under_that_name(rig: Rig) -> None:
    trusting = ssl.create_default_context(cafile=str(rig.authority.path))
    with rig.recording() as proxy:
        host, port = proxy.forward.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            raw.sendall(b"CONNECT 192.0.2.1:9 HTTP/1.1\r\nhost: 192.0.2.1:9\r\n\r\n")
            assert b" 200 " in raw.recv(4096)
            with trusting.wrap_socket(raw, server_hostname="api.inverted.ai") as secured:
                secured.sendall(b"GET /v0/aws/m1/test HTTP/1.1\r\nhost: api.inverted.ai\r\n\r\n")
                assert b" 200 " in secured.recv(4096)
    assert [exchange.request.host for exchange in rig.exchanges()] == ["api.inverted.ai"]


@pytest.mark.parametrize(
    "url", ["http://evil-inverted.ai:1/test", "http://inverted.ai.example:1/test"]
)
def test_a_host_that_only_looks_like_the_apis_is_not_recorded(rig: Rig, url: str) -> None:
    with rig.recording() as proxy, proxy.client() as client:
        client.get(url)
    assert rig.exchanges() == []


def test_a_change_of_protocol_is_refused_since_what_follows_could_not_be_recorded(rig: Rig) -> None:
    rig.upstream.answer = lambda _: (101, {"upgrade": "foo", "connection": "upgrade"}, b"")
    with rig.recording() as proxy, proxy.client() as client:
        response = client.get(f"{API}/test", headers={"upgrade": "foo", "connection": "upgrade"})
    assert response.status_code == 424
    assert "interim status 101" in response.text
    assert [exchange.status for exchange in rig.exchanges()] == [101]


def test_once_the_file_is_taken_away_answers_are_refused(rig: Rig) -> None:
    with rig.recording() as proxy, proxy.client() as client:
        assert client.get(f"{API}/test").status_code == 200
        rig.path.unlink()
        first, second = client.get(f"{API}/test?n=1"), client.get(f"{API}/test?n=2")
    assert (first.status_code, second.status_code) == (424, 424)
    assert "deleted, moved away or replaced" in first.text
    # The second refused call was not paid for; nor was the first, if the file was looked at before.
    assert not any(path.endswith("n=2") for _, path, _ in rig.upstream.requests)


def test_a_connection_that_mitmproxy_loses_track_of_is_closed_and_does_not_hang_the_client(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: object) -> bytes:
        raise NotImplementedError

    monkeypatch.setattr("mitmproxy.net.http.http1.assemble_request_head", crash)
    handler = MitmproxyLog(rig.said.append, verbose=False)
    logging.getLogger("mitmproxy").addHandler(handler)
    try:
        with rig.recording() as proxy:
            host, port = proxy.reverse.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port)), timeout=10) as raw:
                raw.sendall(b"GET /test HTTP/1.1\r\nhost: localhost\r\n\r\n")
                assert raw.recv(4096) == b""  # the end, and not silence
    finally:
        logging.getLogger("mitmproxy").removeHandler(handler)
    assert any("has crashed" in line for line in rig.said)
