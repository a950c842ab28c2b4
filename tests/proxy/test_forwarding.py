"""Hybrid replay through a real proxy: only what the API is to answer reaches the network."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from mitmproxy import connection, http
from mitmproxy.proxy import server_hooks
from mitmproxy.test import tflow
from support.proxy import API, RunningProxy, Upstreamed, running_proxy
from support.worlds import Held, World

from iai_proxy.api import DEFAULT_IGNORED
from iai_proxy.api.faults import FaultRule
from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.player import Player, PlayerSettings
from iai_proxy.player.recorded_calls import replayer_for
from iai_proxy.proxy.forwarding import Forwarder, Gate
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.proxy.replay_addon import ReplayAddon
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.replay import Decision, IncomingRequest, MatchRules, Replayer
from iai_proxy.session.notices import Notices

KIND = {"content-type": "application/json"}

# The gate alone


def asked_to_connect(gate: Gate, flow: http.HTTPFlow) -> str | None:
    """Let a client's connection ask for the server; the error it gets."""
    server = connection.Server(address=("api.inverted.ai", 443))
    gate.refuse_others(
        server_hooks.ServerConnectionHookData(server=server, client=flow.client_conn)
    )
    return server.error


def test_nothing_connects_unless_a_call_of_that_client_is_under_way() -> None:
    gate, mine, other = Gate(), tflow.tflow(), tflow.tflow()
    mine.client_conn.id, other.client_conn.id = "mine", "other"
    assert "offline" in (asked_to_connect(gate, mine) or "")
    gate.open(mine)
    assert asked_to_connect(gate, mine) is None
    assert "offline" in (asked_to_connect(gate, other) or "")
    gate.close(mine)
    assert "offline" in (asked_to_connect(gate, mine) or "")


def test_the_gate_stays_open_until_the_last_call_of_the_client_has_ended() -> None:
    gate = Gate()
    first, second = tflow.tflow(), tflow.tflow()
    second.client_conn = first.client_conn
    gate.open(first)
    gate.open(second)
    gate.close(first)
    gate.close(first)  # the answer came, and then an error: closed once
    assert (gate.is_open(first), gate.is_open(second)) == (False, True)
    assert asked_to_connect(gate, first) is None
    gate.close(second)
    assert asked_to_connect(gate, first) is not None


def test_closing_what_was_never_open_is_nothing() -> None:
    gate = Gate()
    gate.close(tflow.tflow())
    assert asked_to_connect(gate, tflow.tflow()) is not None


# Through a proxy


class Rig:
    """A recorded run of a world, replayed in hybrid mode before an API that goes on with it."""

    def __init__(self, path: Path, authority: Authority, upstream: Upstreamed) -> None:
        self.path, self.authority, self.upstream = path, authority, upstream
        self.world = World()
        self.said: list[str] = []
        self.player: Player | None = None
        self.addon: ReplayAddon | None = None
        agents = self.world.initialize(3)
        self.held = [agents, self.world.drive(agents)]
        answers = iter([answer for _, answer in self.world.bodies])
        upstream.answer = lambda _: (200, KIND, next(answers))
        writer = RecordingWriter(path)
        target = Upstream.parse(upstream.url)
        with (
            writer,
            running_proxy(
                authority, lambda: [RecordAddon(writer, Notices(print), target)], upstream.url
            ) as proxy,
            proxy.client() as client,
        ):
            for endpoint, (body, _) in zip(("initialize", "drive"), self.world.bodies, strict=True):
                client.post(f"{API}/{endpoint}", content=body)
        upstream.connections = 0
        upstream.requests.clear()
        upstream.answer = lambda _: (200, KIND, b'{"live":1}')

    @contextmanager
    def replaying(
        self,
        on_miss: str = "refuse",
        until_step: int | None = None,
        replayer: Replayer | None = None,
        faults: tuple[str, ...] = (),
        latency: float | None = None,
    ) -> Iterator[RunningProxy]:
        target = Upstream.parse(self.upstream.url)
        notices = Notices(self.said.append)
        writer = RecordingWriter(self.path, append=True) if on_miss == "record" else None
        settings = PlayerSettings(
            forwards=on_miss != "refuse",
            latency=latency,
            faults=tuple(map(FaultRule.parse, faults)),
        )

        def addons() -> list[object]:
            recording = Recording(self.path)
            chosen = replayer or replayer_for(
                recording, MatchRules("step", DEFAULT_IGNORED, until_step=until_step)
            )
            self.player = Player(recording, chosen, notices, settings)
            self.addon = ReplayAddon(self.player)
            behind = (
                RecordAddon(writer, notices, target)
                if writer
                else Forwarder(Notices(self.said.append), target)
            )
            return [self.addon.connections, self.addon, behind]

        try:
            with running_proxy(self.authority, addons, self.upstream.url) as proxy:
                yield proxy
        finally:
            if writer:
                writer.close()

    def drive(self, agents: list[Held], seed: int = 5) -> bytes:
        return json.dumps(self.world.drive_request(agents, random_seed=seed)).encode()

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _ in self.upstream.requests]


@pytest.fixture
def rig(tmp_path: Path, authority: Authority, upstream: Upstreamed) -> Rig:
    return Rig(tmp_path / "run.iairec", authority, upstream)


@pytest.mark.parametrize("http2", [False, True])
def test_a_miss_is_forwarded_and_a_hit_is_not(rig: Rig, http2: bool) -> None:
    with rig.replaying("forward") as proxy, proxy.client(http2=http2) as client:
        hit = client.post(f"{API}/drive", content=rig.drive(rig.held[0][::-1]))
        assert rig.upstream.connections == 0
        missed = client.post(f"{API}/drive", content=rig.drive(rig.held[1]))
        again = client.post(f"{API}/drive", content=rig.drive(rig.held[0][::-1]))
    assert missed.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
    assert (missed.status_code, missed.content) == (200, b'{"live":1}')
    assert "x-iai-proxy-match" not in missed.headers
    assert (hit.headers["x-iai-proxy-match"], again.headers["x-iai-proxy-match"]) == (
        "step",
        "step",
    )
    assert rig.paths == ["/drive"]
    assert rig.upstream.requests[0][2] == rig.drive(rig.held[1])
    assert rig.addon
    assert rig.addon.forwarded == {"drive": 1}
    (said,) = rig.said
    assert "comes after the last recorded step" in said
    assert said.endswith("The API answers it")
    assert "--on-miss" not in said  # it was given


@pytest.mark.parametrize("http2", [False, True])
def test_many_calls_at_once_are_each_answered_by_whom_they_are_for(rig: Rig, http2: bool) -> None:
    def answer(path: str) -> tuple[int, dict[str, str], bytes]:
        time.sleep(0.02)
        return 200, KIND, path.encode()

    async def ask(client: httpx.AsyncClient, number: int) -> str:
        if number % 2:
            return (await client.get(f"{API}/test?n={number}")).text
        body = rig.drive(rig.held[0][::-1], seed=number)
        return (await client.post(f"{API}/drive", content=body)).headers["x-iai-proxy-match"]

    async def all_at_once(client: httpx.AsyncClient) -> list[str]:
        async with client:
            return await asyncio.gather(*(ask(client, number) for number in range(32)))

    rig.upstream.answer = answer
    with rig.replaying("forward") as proxy:
        found = asyncio.run(all_at_once(proxy.async_client(http2=http2)))
    assert found == [f"/test?n={number}" if number % 2 else "step" for number in range(32)]
    assert sorted(rig.paths) == sorted(f"/test?n={number}" for number in range(1, 32, 2))


def test_what_came_for_a_miss_is_appended_and_answers_from_then_on(rig: Rig) -> None:
    asked = rig.drive(rig.held[1])
    with rig.replaying("record") as proxy, proxy.client(http2=True) as client:
        assert client.post(f"{API}/drive", content=asked).content == b'{"live":1}'
    with Recording(rig.path) as recording:
        assert [call.endpoint for call in recording.calls()] == ["initialize", "drive", "drive"]
    rig.upstream.requests.clear()
    with rig.replaying("refuse") as proxy, proxy.client() as client:
        assert client.post(f"{API}/drive", content=asked).content == b'{"live":1}'
    assert rig.paths == []


def test_beyond_the_step_the_api_answers_and_what_continues_it_too(rig: Rig) -> None:
    live = World(seed=5)
    first = live.drive(rig.held[0])
    bodies = iter([live.bodies[0][1], b'{"second":1}'])
    rig.upstream.answer = lambda _: (200, KIND, next(bodies))
    with rig.replaying(until_step=0) as proxy, proxy.client() as client:
        assert (
            client.post(f"{API}/initialize", content=rig.world.bodies[0][0]).headers[
                "x-iai-proxy-match"
            ]
            == "exact"
        )
        client.post(f"{API}/drive", content=rig.drive(rig.held[0]))
        second = client.post(f"{API}/drive", content=rig.drive(first))
        refused = client.post(f"{API}/drive", content=rig.drive(World(seed=6).initialize(2)))
    assert second.content == b'{"second":1}'
    assert refused.status_code == 404  # a miss is a miss
    assert rig.paths == ["/drive", "/drive"]


def test_the_reverse_listener_forwards_too(rig: Rig) -> None:
    with rig.replaying("forward") as proxy, httpx.Client(trust_env=False) as plain:
        hit = plain.post(f"{proxy.reverse}/drive", content=rig.drive(rig.held[0][::-1]))
        assert rig.upstream.connections == 0
        missed = plain.post(f"{proxy.reverse}/drive", content=rig.drive(rig.held[1]))
    assert (hit.headers["x-iai-proxy-match"], missed.content) == ("step", b'{"live":1}')
    assert rig.paths == ["/drive"]


@pytest.mark.parametrize("url", ["https://example.com/", "https://127.0.0.2:9/"])
def test_other_hosts_are_refused_in_hybrid_mode_too(rig: Rig, url: str) -> None:
    with (
        rig.replaying("forward") as proxy,
        proxy.client() as client,
        pytest.raises(httpx.ProxyError, match="404"),
    ):
        client.get(url)
    with rig.replaying("forward") as proxy, proxy.client() as client:
        assert client.get("http://example.com/").status_code == 404


SEEDLESS = MatchRules("seedless", DEFAULT_IGNORED)


class Broken(Replayer):
    """Forwards what it can't find, and fails at what is asked of ``/drive``."""

    def __init__(self) -> None:
        super().__init__([], SEEDLESS)

    def decide(self, request: IncomingRequest) -> Decision:
        if request.endpoint == "drive":
            raise ZeroDivisionError("a bug")
        return super().decide(request)


@pytest.mark.parametrize("http2", [False, True])
def test_a_bug_in_deciding_never_reaches_the_api_though_it_is_connected(
    rig: Rig, http2: bool
) -> None:
    with rig.replaying("forward", replayer=Broken()) as proxy, proxy.client(http2=http2) as client:
        assert client.get(f"{API}/test").status_code == 200  # there is a connection now, kept open
        refused = client.post(f"{API}/drive", content=b"{}")
        assert client.get(f"{API}/test").status_code == 200
    assert refused.status_code == 424
    assert "ZeroDivisionError" in refused.text
    assert rig.paths == ["/test", "/test"]


class Forgetful(Replayer):
    """Fails at what the API has answered."""

    def went_live(self, endpoint: str, answer: bytes) -> None:
        raise ZeroDivisionError("a bug")


def test_a_bug_after_the_answer_is_no_answer(rig: Rig) -> None:
    with (
        rig.replaying("forward", replayer=Forgetful([], SEEDLESS)) as proxy,
        proxy.client() as client,
    ):
        assert client.get(f"{API}/test").status_code == 424


def test_an_api_that_hangs_up_closes_the_gate(rig: Rig) -> None:
    rig.upstream.answer = lambda path: (0 if path == "/test" else 200, {}, b"")
    with rig.replaying("forward") as proxy, proxy.client() as client:
        assert client.get(f"{API}/test").status_code == 502
        assert client.get(f"{API}/light").status_code == 200
        assert rig.addon
        assert not rig.addon._gate._open
        assert not rig.addon._gate._flows


def test_a_client_that_hangs_up_closes_the_gate(rig: Rig) -> None:
    def slow(_: str) -> tuple[int, dict[str, str], bytes]:
        time.sleep(0.4)
        return 200, {}, b""

    rig.upstream.answer = slow
    with rig.replaying("forward") as proxy:
        with proxy.client() as client, pytest.raises(httpx.ReadTimeout):
            client.get(f"{API}/test", timeout=httpx.Timeout(30, read=0.2))
        assert rig.addon
        deadline = time.monotonic() + 5
        while rig.addon._gate._flows and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not rig.addon._gate._open


# Faults and latency


@pytest.mark.parametrize("http2", [False, True])
def test_faults_come_when_they_are_told_to_and_reach_no_api(rig: Rig, http2: bool) -> None:
    faults = ("drive:step=2:status=503", "drive:step=3:drop", "test:status=429")
    body = rig.drive(rig.held[0])
    with rig.replaying("forward", faults=faults) as proxy, proxy.client(http2=http2) as client:
        assert client.post(f"{API}/drive", content=body).status_code == 200
        failed = client.post(f"{API}/drive", content=body)
        with pytest.raises(httpx.HTTPError):
            client.post(f"{API}/drive", content=body)
        assert client.post(f"{API}/drive", content=body).status_code == 200
        assert client.get(f"{API}/test").status_code == 429
    assert failed.status_code == 503
    assert "drive:step=2:status=503" in failed.json()["detail"]
    assert failed.headers["x-iai-proxy-fault"] == "drive:step=2:status=503"
    assert rig.upstream.connections == 0
    assert rig.player
    assert rig.player.faulty == 3


def test_a_delayed_call_is_answered_after_all(rig: Rig) -> None:
    with rig.replaying(faults=("drive:delay=250ms",)) as proxy, proxy.client() as client:
        begun = time.monotonic()
        answer = client.post(f"{API}/drive", content=rig.drive(rig.held[0]))
        assert time.monotonic() - begun >= 0.25
    assert answer.headers["x-iai-proxy-match"] == "seedless"


@pytest.mark.parametrize("reverse", [False, True])
def test_answers_take_as_long_as_recorded_times_the_factor(rig: Rig, reverse: bool) -> None:
    with Recording(rig.path) as recording:
        recorded_s = recording.call(2).duration_ms / 1000
    body = rig.drive(rig.held[0][::-1] if reverse else rig.held[0])
    with rig.replaying(latency=0.6 / recorded_s) as proxy, proxy.client() as client:
        begun = time.monotonic()
        assert client.post(f"{API}/drive", content=body).status_code == 200
        assert time.monotonic() - begun >= 0.59
        assert client.post(f"{API}/blame", content=b"{}").status_code == 404  # never recorded
