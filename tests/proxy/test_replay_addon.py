"""Replay with TLS, by mitmproxy and by our own server: from the recording or refused, offline."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from mitmproxy import connection, http
from mitmproxy.proxy import server_hooks
from mitmproxy.proxy.layers.http import HttpRequestHook
from mitmproxy.test import taddons, tflow
from support.proxy import API, RunningProxy, Upstreamed, running_proxy
from support.ways import MITMPROXY, OFFLINE, WAYS, served

from iai_proxy.api import DEFAULT_IGNORED
from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.player import Player
from iai_proxy.player.recorded_calls import replayer_for
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.proxy.replay_addon import ReplayAddon
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.replay import IncomingRequest, MatchRules, Miss, Replayer, Serve
from iai_proxy.session.notices import Notices

DRIVE = b'{"agent_states": [[1.0, 2.0, 0.5, 3.0]], "random_seed": 7}'


class Rig:
    """Records a client's calls to ``upstream``, then replays while ``upstream`` counts."""

    def __init__(self, way: str, path: Path, authority: Authority, upstream: Upstreamed) -> None:
        self.way = way
        self.path, self.authority, self.upstream = path, authority, upstream
        self.said: list[str] = []

    @contextmanager
    def recording(self) -> Iterator[httpx.Client]:
        writer = RecordingWriter(self.path)
        target = Upstream.parse(self.upstream.url)
        with (
            writer,
            running_proxy(
                self.authority,
                lambda: [RecordAddon(writer, Notices(print), target)],
                self.upstream.url,
            ) as proxy,
            proxy.client() as client,
        ):
            yield client
        self.upstream.connections = 0
        self.upstream.requests.clear()

    @contextmanager
    def replaying(
        self, match: str = "seedless", replayer: Replayer | None = None
    ) -> Iterator[RunningProxy]:
        def player() -> Player:
            recording = Recording(self.path)
            chosen = replayer or replayer_for(recording, MatchRules(match, DEFAULT_IGNORED))
            self.replayer = chosen
            return Player(recording, chosen, Notices(self.said.append))

        with served(self.way, self.authority, player, self.upstream.url) as proxy:
            yield proxy
        assert self.upstream.connections == 0, "replay reached the network"


@pytest.fixture(params=WAYS)
def rig(
    request: pytest.FixtureRequest, tmp_path: Path, authority: Authority, upstream: Upstreamed
) -> Rig:
    return Rig(request.param, tmp_path / "run.iairec", authority, upstream)


def test_a_recorded_request_gets_its_recorded_answer(rig: Rig) -> None:
    rig.upstream.answer = lambda _: (
        200,
        {"content-type": "application/json", "x-of-the-api": "1"},
        b'{"ours": 1}',
    )
    with rig.recording() as client:
        client.post(f"{API}/drive", content=DRIVE)
    with rig.replaying() as proxy, proxy.client() as client:
        response = client.post(f"{API}/drive", content=DRIVE)
    assert (response.status_code, response.content) == (200, b'{"ours": 1}')
    assert response.headers["x-iai-proxy-match"] == "exact"
    assert response.headers["x-of-the-api"] == "1"


def test_another_seed_is_served_at_level_seedless_and_refused_at_exact(rig: Rig) -> None:
    with rig.recording() as client:
        client.post(f"{API}/drive", content=DRIVE)
    other = DRIVE.replace(b": 7", b": 8")
    with rig.replaying() as proxy, proxy.client() as client:
        assert client.post(f"{API}/drive", content=other).headers["x-iai-proxy-match"] == "seedless"
    with rig.replaying("exact") as proxy, proxy.client() as client:
        refused = client.post(f"{API}/drive", content=other)
    assert refused.status_code == 404
    assert "random_seed is 8, recorded 7" in refused.text
    assert "--match seedless accepts it" in refused.text
    assert len(refused.content) < 1000
    assert rig.said == [refused.text.removeprefix("iai-proxy: ")]


def test_identical_requests_are_answered_in_recorded_order_and_the_last_repeats(rig: Rig) -> None:
    answers = iter([b"1", b"2"])
    rig.upstream.answer = lambda _: (200, {}, next(answers))
    with rig.recording() as client:
        for _ in range(2):
            client.post(f"{API}/drive", content=DRIVE)
    with rig.replaying() as proxy, proxy.client() as client:
        bodies = [client.post(f"{API}/drive", content=DRIVE).content for _ in range(4)]
    assert bodies == [b"1", b"2", b"2", b"2"]


def test_the_key_check_is_granted_whatever_the_key_and_the_recording(rig: Rig) -> None:
    rig.upstream.answer = lambda _: (403, {}, b"")
    with rig.recording() as client:
        client.get(API)
    with rig.replaying() as proxy, proxy.client() as client, httpx.Client(trust_env=False) as plain:
        for base in (API, "https://api.inverted.ai/v0/academic/m1"):
            assert client.get(base, headers={"x-api-key": "whatever"}).status_code == 200
        assert plain.get(proxy.reverse).status_code == 200


def test_a_recording_made_with_one_key_replays_for_another(rig: Rig) -> None:
    with rig.recording() as client:
        client.post(
            f"{API}/drive?k=first-secret",
            content=b'["first-secret"]',
            headers={"x-api-key": "first-secret"},
        )
    with rig.replaying() as proxy, proxy.client() as client:
        url = f"{API}/drive?k=second-secret"
        response = client.post(
            url, content=b'["second-secret"]', headers={"x-api-key": "second-secret"}
        )
    assert response.status_code == 200


def test_gzip_is_what_the_present_client_asks_for(rig: Rig) -> None:
    body = b'{"a": 1}' * 100
    rig.upstream.answer = lambda _: (200, {"content-encoding": "gzip"}, gzip.compress(body))
    with rig.recording() as client:
        client.get(f"{API}/test")
    with rig.replaying() as proxy, proxy.client() as client:
        plain = client.get(f"{API}/test", headers={"accept-encoding": "identity"})
        packed = client.get(f"{API}/test", headers={"accept-encoding": "deflate, gzip;q=0.5"})
        refused = client.get(f"{API}/test", headers={"accept-encoding": "gzip;q=0"})
    assert ("content-encoding" in plain.headers, plain.content) == (False, body)
    assert (packed.headers["content-encoding"], packed.content) == ("gzip", body)
    assert ("content-encoding" in refused.headers, refused.content) == (False, body)


def test_the_prefix_and_the_listener_make_no_difference(rig: Rig) -> None:
    with rig.recording() as client:
        client.post(f"{API}/drive", content=DRIVE)
    with rig.replaying() as proxy, httpx.Client(trust_env=False) as plain:
        assert plain.post(f"{proxy.reverse}/drive", content=DRIVE).status_code == 200


def test_http2_clients_are_answered(rig: Rig) -> None:
    with rig.recording() as client:
        client.post(f"{API}/drive", content=DRIVE)
    with rig.replaying() as proxy, proxy.client(http2=True) as client:
        response = client.post(f"{API}/drive", content=DRIVE)
    spoken = {MITMPROXY: "HTTP/2", OFFLINE: "HTTP/1.1"}[rig.way]
    assert (response.http_version, response.status_code) == (spoken, 200)


def test_recorded_failures_are_left_out(rig: Rig) -> None:
    answers = iter([(503, {}, b""), (200, {}, b"good")])
    rig.upstream.answer = lambda _: next(answers)  # type: ignore[return-value]
    with rig.recording() as client:
        for _ in range(2):
            client.post(f"{API}/drive", content=DRIVE)
    with rig.replaying() as proxy, proxy.client() as client:
        assert client.post(f"{API}/drive", content=DRIVE).content == b"good"
    assert rig.replayer.tally.failures == 1


def test_many_clients_at_once_each_get_their_answer(rig: Rig) -> None:
    rig.upstream.answer = lambda path: (200, {}, path.encode())
    with rig.recording() as client:
        for number in range(40):
            client.get(f"{API}/test?n={number}")
    with rig.replaying() as proxy, proxy.client() as client, ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda number: client.get(f"{API}/test?n={number}").text, range(40))
        assert list(answers) == [f"/test?n={number}" for number in range(40)]


@pytest.mark.parametrize("url", ["https://example.com/", "https://127.0.0.2:9/"])
def test_a_tunnel_to_a_host_that_is_not_the_apis_is_refused(rig: Rig, url: str) -> None:
    with rig.recording() as client:
        client.get(API)
    with (
        rig.replaying() as proxy,
        proxy.client() as client,
        pytest.raises(httpx.ProxyError, match="404"),
    ):
        client.get(url)


def test_plain_http_to_a_host_that_is_not_the_apis_is_refused(rig: Rig) -> None:
    with rig.recording() as client:
        client.get(API)
    with rig.replaying() as proxy, proxy.client() as client:
        response = client.get("http://example.com/")
    assert response.status_code == 404
    assert "replay is offline" in response.text


def test_a_used_up_recording_is_a_miss_and_not_the_network(rig: Rig) -> None:
    with rig.recording() as client:
        client.post(f"{API}/drive", content=DRIVE)
    with rig.replaying() as proxy, proxy.client() as client:
        refused = client.post(f"{API}/drive", content=DRIVE.replace(b"3.0", b"4.0"))
        unheard = client.get(f"{API}/light?location=a")
    assert (refused.status_code, unheard.status_code) == (404, 404)
    assert "agent 0 speed is 4.0, recorded 3.0" in refused.text
    assert "holds no light call" in unheard.text


def test_a_damaged_body_is_refused_and_not_the_network(rig: Rig) -> None:
    with rig.recording() as client:
        client.post(f"{API}/drive", content=DRIVE)
    with sqlite3.connect(rig.path) as database:
        database.execute("UPDATE body SET codec = 'zstd', data = x'00'")
    database.close()
    with rig.replaying() as proxy, proxy.client() as client:
        refused = client.post(f"{API}/drive", content=DRIVE)
    assert refused.status_code == 424
    assert "damaged" in refused.text


class BrokenReplayer(Replayer):
    def __init__(self) -> None:
        super().__init__([], MatchRules("seedless", frozenset()))

    def decide(self, request: IncomingRequest) -> Serve | Miss:
        raise ZeroDivisionError("a bug")


def test_a_replay_bug_never_reaches_upstream(rig: Rig) -> None:
    with rig.recording() as client:
        client.post(f"{API}/drive", content=DRIVE)
    with rig.replaying(replayer=BrokenReplayer()) as proxy, proxy.client() as client:
        refused = client.post(f"{API}/drive", content=DRIVE)
    assert refused.status_code == 424
    assert "ZeroDivisionError" in refused.text


def test_through_mitmproxys_own_manager_a_replay_bug_becomes_a_refusal(rig: Rig) -> None:
    import asyncio

    with rig.recording() as client:
        client.get(API)
    flow = tflow.tflow(req=http.Request.make("POST", f"{API}/drive", DRIVE))
    server = connection.Server(address=("api.inverted.ai", 443))
    data = server_hooks.ServerConnectionHookData(server=server, client=flow.client_conn)

    async def hooks() -> None:
        player = ReplayAddon(Player(Recording(rig.path), BrokenReplayer(), Notices(print)))
        with taddons.context(player) as context:
            await context.master.addons.handle_lifecycle(HttpRequestHook(flow))
            await context.master.addons.handle_lifecycle(server_hooks.ServerConnectHook(data))
        player.done()

    asyncio.run(hooks())
    assert flow.response is not None
    assert flow.response.status_code == 424
    assert server.error is not None
    assert "offline" in server.error


def test_a_head_is_answered_with_the_length_of_the_get(rig: Rig) -> None:
    rig.upstream.answer = lambda _: (200, {"content-type": "text/plain"}, b"x" * 1234)
    with rig.recording() as client:
        live = client.head(f"{API}/light?location=here")
    with rig.replaying() as proxy, proxy.client() as client:
        replayed = client.head(f"{API}/light?location=here")
        after = client.head(f"{API}/light?location=here")  # over the same connection
    for response in (live, replayed, after):
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["content-length"] == "1234"


def test_a_missed_head_leaves_its_connection_in_order(rig: Rig) -> None:
    with rig.recording() as client:
        client.get(f"{API}/light?location=here")
    with rig.replaying() as proxy, proxy.client() as client:
        assert client.head(f"{API}/light?location=there").status_code == 404
        assert client.get(f"{API}/light?location=here").json() == {"path": "/light?location=here"}
