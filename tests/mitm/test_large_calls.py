"""Large calls through a real proxy with TLS: what becomes of failures, of clients that go, and of what is recorded."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.proxy import API, RunningProxy, Upstreamed

from iai_proxy.checks.registry import ALL
from iai_proxy.errors import InputError
from iai_proxy.exchange import Exchange
from iai_proxy.lineage import Lineage
from iai_proxy.mitm.authority import Authority
from iai_proxy.mitm.background import background_proxy
from iai_proxy.mitm.embed import ProxySpec
from iai_proxy.mitm.hosts import Upstream
from iai_proxy.mitm.large_calls import LargeCalls
from iai_proxy.mitm.listen import Address, Listening
from iai_proxy.mitm.notices import Notices
from iai_proxy.mitm.player import Player, PlayerSettings
from iai_proxy.mitm.recorder import Recorder
from iai_proxy.mitm.replay import index
from iai_proxy.store import Recording, RecordingWriter, lineage_of
from iai_proxy.store.debug_log import logged_calls
from iai_proxy.store.diagnosing import diagnosed
from iai_proxy.store.writer import RecordingFailedError

COUNT = 9
#: One a part: 100 m apart, and two a call at most.
CALL = {
    "location": "here",
    "agent_states": [[100.0 * number, 0.0, 0.0, 1.0] for number in range(COUNT)],
    "agent_properties": [{"length": 4.0, "width": 2.0}] * COUNT,
    "single_call_agent_limit": 1,
    "concurrency": 1,
}
Answer = tuple[int, dict[str, str], bytes]


def driven(upstream: Upstreamed) -> Answer:
    asked = json.loads(upstream.requests[-1][2])
    answer = {
        "agent_states": [[x + 1, y, h, v] for x, y, h, v in asked["agent_states"]],
        "recurrent_states": [[x] for x, *_ in asked["agent_states"]],
        "infraction_indicators": None,
        "is_inside_supported_area": [True] * len(asked["agent_states"]),
        "traffic_lights_states": None,
        "light_recurrent_states": None,
        "birdview": None,
        "model_version": "m",
    }
    return 200, {"content-type": "application/json"}, json.dumps(answer).encode()


class Rig:
    def __init__(self, path: Path, authority: Authority, upstream: Upstreamed) -> None:
        self.path, self.authority, self.upstream = path, authority, upstream
        self.upstream.answer = lambda _: driven(upstream)
        self.writer: RecordingWriter

    @contextmanager
    def recording(self, password: str | None = None) -> Iterator[RunningProxy]:
        notices, target = Notices(print), Upstream.parse(self.upstream.url)
        with RecordingWriter(self.path, append=self.path.exists()) as self.writer:
            addons = [Recorder(self.writer, notices, target), LargeCalls(first_pause_s=0.01)]
            with self._running(lambda: addons, password) as proxy:
                yield proxy

    @contextmanager
    def replaying(self, *, misses_go_on: bool = False) -> Iterator[RunningProxy]:
        def addons() -> list[Any]:
            recording = Recording(self.path)
            settings = PlayerSettings(forwards=misses_go_on)
            self.player = Player(recording, index(recording, "step"), Notices(print), settings)
            return [self.player.programs, LargeCalls(self.player.programs, recorded=False), self.player, *behind]

        with ExitStack() as stack:
            behind = []
            if misses_go_on:
                writer = stack.enter_context(RecordingWriter(self.path, append=True))
                behind.append(Recorder(writer, Notices(print), Upstream.parse(self.upstream.url)))
            yield stack.enter_context(self._running(addons))

    @contextmanager
    def _running(self, addons: Callable[[], list[Any]], password: str | None = None) -> Iterator[RunningProxy]:
        listening = Listening(Address("127.0.0.1", 0), Address("127.0.0.1", 0), password)
        spec = ProxySpec(listening, self.authority.folder, Upstream.parse(self.upstream.url))
        with background_proxy(spec, addons) as bound:
            assert bound.forward
            assert bound.reverse
            yield RunningProxy(bound.forward.url, bound.reverse.url, self.authority.path)

    def exchanges(self) -> list[Exchange]:
        with Recording(self.path) as recording:
            return list(recording.exchanges())

    def lineage(self) -> Lineage:
        with Recording(self.path) as recording:
            return lineage_of(recording)


@pytest.fixture
def rig(tmp_path: Path, authority: Authority, upstream: Upstreamed) -> Rig:
    return Rig(tmp_path / "run.iairec", authority, upstream)


def post(proxy: RunningProxy, call: Any = CALL, **options: Any) -> httpx.Response:
    with proxy.client() as client:
        return client.post(f"{API}/large_drive", json=call, **options)


def whole_and_parts(rig: Rig) -> tuple[Exchange, list[Exchange]]:
    """The large call, which is the last to be committed, and its parts."""
    *parts, whole = rig.exchanges()
    assert whole.endpoint.startswith("large_")
    assert {part.large for part in parts} == {whole.large}
    assert whole.large
    return whole, parts


def test_parts_and_the_whole_are_exchanges_and_the_whole_is_what_the_client_saw(rig: Rig) -> None:
    with rig.recording() as proxy:
        seen = post(
            proxy, headers={"x-api-key": "my-key-0123456789", "x-client-version": "mine", "x-iai-proxy-deadline": "5"}
        )
    assert seen.status_code == 200
    assert seen.headers["x-iai-proxy-parts"] == "9"
    assert [state[0] for state in seen.json()["agent_states"]] == [100.0 * number + 1 for number in range(COUNT)]
    whole, parts = whole_and_parts(rig)
    assert whole.response is not None
    assert whole.response.body == seen.content
    assert json.loads(whole.request.body) == CALL
    assert len(parts) == COUNT
    assert {part.request.url for part in parts} == {f"{API}/drive"}
    assert {(part.connection, part.client) for part in parts} == {(whole.connection, whole.client)}
    for part in parts:
        headers = {name.lower(): value for name, value in part.request.headers}
        assert headers["x-client-version"] == "mine"
        assert headers["content-type"] == "application/json"
        assert headers["host"] == "api.inverted.ai"
        assert headers["x-api-key"].startswith("[redacted")
        assert "x-iai-proxy-deadline" not in headers


def test_connections_are_kept_from_part_to_part_and_from_call_to_call(rig: Rig) -> None:
    with rig.recording() as proxy:
        for _ in range(3):
            assert post(proxy).status_code == 200
    assert rig.upstream.connections == 1
    assert len(rig.upstream.requests) == 3 * COUNT


@pytest.mark.parametrize("prefix", ["", "/v0/aws/m1", "/v0/academic/m1"])
def test_the_reverse_listener_and_every_prefix_will_do(rig: Rig, prefix: str) -> None:
    with rig.recording() as proxy, httpx.Client(trust_env=False) as plain:
        assert plain.post(f"{proxy.reverse}{prefix}/large_drive/", json=CALL).status_code == 200
    _, parts = whole_and_parts(rig)
    assert {part.request.target for part in parts} == {f"{prefix}/drive"}


def test_a_client_with_http2_or_a_packed_body_is_served_too(rig: Rig) -> None:
    import gzip

    with rig.recording() as proxy, proxy.client(http2=True) as client:
        packed = gzip.compress(json.dumps(CALL).encode())
        answer = client.post(f"{API}/large_drive", content=packed, headers={"content-encoding": "gzip"})
        assert (answer.status_code, answer.http_version) == (200, "HTTP/2")
        broken = client.post(f"{API}/large_drive", content=b"x", headers={"content-encoding": "rot13"})
        assert broken.status_code == 422
        assert broken.json()["detail"][0]["loc"] == ["header", "content-encoding"]


def test_with_a_password_parts_pass_and_strangers_do_not(rig: Rig) -> None:
    with rig.recording("me:secret-pass") as proxy:
        forward = proxy.forward.replace("http://", "http://me:secret-pass@")
        assert post(replace(proxy, forward=forward)).status_code == 200
        with httpx.Client(trust_env=False) as plain:
            assert plain.post(f"{proxy.reverse}/large_drive", json=CALL).status_code == 401
            assert plain.post(f"{proxy.reverse}/large_drive", json=CALL, auth=("me", "secret-pass")).status_code == 200
    assert len(rig.upstream.requests) == 2 * COUNT


def test_what_can_not_be_divided_is_refused_before_anything_is_asked_or_recorded(rig: Rig) -> None:
    with rig.recording() as proxy:
        dense = post(proxy, {**CALL, "agent_states": [[0.0, 0.0, 0.0, 0.0]] * COUNT})
        late = post(proxy, headers={"x-iai-proxy-deadline": "soon"})
    assert (dense.status_code, late.status_code) == (422, 422)
    assert dense.json()["detail"][0]["ctx"] == {"x": 0, "y": 0, "agents": COUNT}
    assert late.json()["detail"][0]["loc"] == ["header", "x-iai-proxy-deadline"]
    assert dense.headers["x-iai-proxy"] == "refused"
    assert not rig.upstream.requests
    assert not rig.exchanges()


def test_a_part_that_fails_fails_the_call_with_its_status_and_body_and_the_paid_ones_stay(rig: Rig) -> None:
    def answer(_: str) -> Answer:
        return (
            driven(rig.upstream)
            if len(rig.upstream.requests) != 4
            else (400, {"x-of-the-api": "1"}, b'{"detail":"no"}')
        )

    rig.upstream.answer = answer
    with rig.recording() as proxy:
        seen = post(proxy)
    assert (seen.status_code, seen.content, seen.headers["x-of-the-api"]) == (400, b'{"detail":"no"}', "1")
    assert seen.headers["x-iai-proxy-part"] == "4/9"
    whole, parts = whole_and_parts(rig)
    assert [part.status for part in parts] == [200, 200, 200, 400]
    assert whole.status == 400
    assert [step.whole for step in rig.lineage().simulations[0].steps] == [whole.id]


@pytest.mark.parametrize(("exact", "status"), [(False, 200), (True, 400)])
def test_regions_that_the_api_can_not_fill_are_named_unless_all_must_be(rig: Rig, exact: bool, status: int) -> None:
    def answer(_: str) -> Answer:
        asked = json.loads(rig.upstream.requests[-1][2])
        if asked["location_of_interest"] == [200.0, 0.0]:
            return 400, {"content-type": "application/json"}, b'{"detail":"no room"}'
        filled = {
            "agent_states": [[*asked["location_of_interest"], 0.0, 0.0]],
            "agent_properties": asked["agent_properties"],
            "recurrent_states": [[0.0]],
            "model_version": "m",
        }
        return 200, {"content-type": "application/json"}, json.dumps(filled).encode()

    rig.upstream.answer = answer
    regions = [{"center": [x, 0.0], "agent_properties": [{"agent_type": "car"}]} for x in (0.0, 200.0, 400.0)]
    call = {"location": "here", "regions": regions, "return_exact_agents": exact}
    with rig.recording() as proxy, proxy.client() as client:
        seen = client.post(f"{API}/large_initialize", json=call)
    assert seen.status_code == status
    if exact:
        assert (seen.text, seen.headers["x-iai-proxy-part"]) == ('{"detail":"no room"}', "2/3")
    else:
        assert [state[:2] for state in seen.json()["agent_states"]] == [[0.0, 0.0], [400.0, 0.0]]
        assert seen.headers["x-iai-proxy-unfilled-regions"] == "2"


def test_a_region_filled_without_its_sampled_agents_is_named_too(rig: Rig) -> None:
    def answer(_: str) -> Answer:
        asked = json.loads(rig.upstream.requests[-1][2])
        if len(asked["agent_properties"]) > 1:
            return 422, {"content-type": "application/json"}, b'{"detail":"no room"}'
        filled = {
            "agent_states": asked["states_history"][0],
            "agent_properties": asked["agent_properties"],
            "recurrent_states": [[0.0]],
            "model_version": "m",
        }
        return 200, {"content-type": "application/json"}, json.dumps(filled).encode()

    rig.upstream.answer = answer
    car = {"agent_type": "car"}
    regions = [{"center": [0.0, 0.0], "agent_states": [[0.0, 0.0, 0.0, 0.0]], "agent_properties": [car] * 3}]
    with rig.recording() as proxy, proxy.client() as client:
        seen = client.post(f"{API}/large_initialize", json={"location": "here", "regions": regions})
    assert (seen.status_code, len(seen.json()["agent_states"])) == (200, 1)
    assert seen.headers["x-iai-proxy-unfilled-regions"] == "1"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("recurrent_states", None, "its answer has no recurrent_states, and those of other parts have"),
        ("is_inside_supported_area", {"a": 1}, "is_inside_supported_area of its answer is no list"),
        ("agent_states", [None], "agent_states of its answer holds what is no state"),
        ("agent_states", [[0, 0, 0, 0]] * 2, "agent_states of its answer has 2 items, but 1 agents were asked about"),
    ],
)
def test_an_answer_of_another_shape_names_its_part_and_spoils_nothing(
    rig: Rig, name: str, value: Any, said: str
) -> None:
    def answer(_: str) -> Answer:
        status, headers, body = driven(rig.upstream)
        odd = {name: value} if len(rig.upstream.requests) == 2 else {}
        return status, headers, json.dumps({**json.loads(body), **odd}).encode()

    rig.upstream.answer = answer
    with rig.recording() as proxy:
        seen = post(proxy)
    assert seen.status_code == 424
    assert f"part 2 of 9 was not answered as the API does: {said}" in seen.text
    diagnosis = diagnosed(rig.path, ALL)
    assert diagnosis.steps
    assert diagnosis.error is None
    with Recording(rig.path) as recording:
        for call in logged_calls(recording, lineage_of(recording), None, with_errors=False):
            with suppress(InputError):  # never anything else
                json.loads(call.response() if call.response else call.request())


def test_what_the_sdk_repeats_is_repeated_and_each_attempt_recorded(rig: Rig) -> None:
    statuses = {2: 503, 3: 429, 5: 0, 6: 403}

    def answer(_: str) -> Answer:
        status = statuses.get(len(rig.upstream.requests))
        return driven(rig.upstream) if status is None else (status, {}, b"")

    rig.upstream.answer = answer
    with rig.recording() as proxy:
        assert post(proxy).status_code == 200
    whole, parts = whole_and_parts(rig)
    assert [part.status for part in parts] == [200, 503, 429, 200, None, 403, *[200] * 7]
    (simulation,) = rig.lineage().simulations
    assert simulation.root.attempts == (2, 3, 5, 6)
    assert len(simulation.root.parts) == COUNT
    assert simulation.root.whole == whole.id
    assert rig.lineage().places()[whole.id] == (1, 0)


@pytest.mark.parametrize("status", [503, 403, 0])
def test_repeating_ends_with_the_deadline(rig: Rig, status: int) -> None:
    rig.upstream.answer = lambda _: (status, {"content-type": "text/plain"}, b"come back later")
    with rig.recording() as proxy:
        begun = time.monotonic()
        seen = post(proxy, headers={"x-iai-proxy-deadline": "0.2"})
        assert time.monotonic() - begun < 5
    assert seen.status_code == (status or 502)
    assert seen.headers["x-iai-proxy-part"] == "1/9"
    assert status == 0 or seen.text == "come back later"
    whole, parts = whole_and_parts(rig)
    assert 2 <= len(parts) <= 10
    assert whole.status == seen.status_code


def test_an_answer_that_is_none_of_the_api_is_a_fault_that_names_the_part(rig: Rig) -> None:
    rig.upstream.answer = lambda _: (200, {}, b"<html>")
    with rig.recording() as proxy:
        seen = post(proxy)
    assert seen.status_code == 424
    assert "part 1 of 9 was not answered as the API does: its answer is not JSON" in seen.text
    whole, parts = whole_and_parts(rig)
    assert (whole.status, len(parts)) == (424, 1)


def test_what_can_not_be_recorded_is_not_answered(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: Future[int] = Future()
    failed.set_exception(RecordingFailedError("the disk is full"))
    with rig.recording() as proxy:
        append = rig.writer.append

        def failing(make: Callable[[], Exchange]) -> Future[int]:
            return failed if make().endpoint == "large_drive" else append(make)

        monkeypatch.setattr(rig.writer, "append", failing)
        seen = post(proxy)
    assert (seen.status_code, seen.text) == (424, "iai-proxy: the disk is full")
    assert [one.endpoint for one in rig.exchanges()] == ["drive"] * COUNT


def test_a_client_that_hangs_up_gets_what_is_under_way_recorded_and_no_more_is_asked(rig: Rig) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def answer(_: str) -> Answer:
        if len(rig.upstream.requests) == 3:
            reached.set()
            go_on.wait(10)
        return driven(rig.upstream)

    rig.upstream.answer = answer
    with rig.recording() as proxy:
        body = json.dumps(CALL).encode()
        host, port = proxy.reverse.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"POST /large_drive HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            assert reached.wait(10)
        time.sleep(0.2)
        go_on.set()
        deadline = time.monotonic() + 10
        while len(rig.exchanges()) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
    assert len(rig.upstream.requests) == 3
    whole, parts = whole_and_parts(rig)
    assert [part.status for part in parts] == [200, 200, 200]
    assert whole.failure
    assert "disconnected" in whole.failure.lower()


def test_several_at_once_are_kept_apart(rig: Rig) -> None:
    lock = threading.Lock()

    def answer(_: str) -> Answer:
        with lock:
            return driven(rig.upstream)

    rig.upstream.answer = answer
    calls = [{**CALL, "random_seed": seed} for seed in range(6)]
    with rig.recording() as proxy, ThreadPoolExecutor(6) as pool:
        assert [seen.status_code for seen in pool.map(lambda call: post(proxy, call), calls)] == [200] * 6
    seeds: dict[str | None, set[int]] = {}
    for one in rig.exchanges():
        seeds.setdefault(one.large, set()).add(json.loads(one.request.body)["random_seed"])
    assert sorted(seed for found in seeds.values() for seed in found) == list(range(6))


def test_replay_divides_anew_and_passes_a_miss_on_as_it_is(rig: Rig) -> None:
    with rig.recording() as proxy:
        seen = post(proxy)
    before = len(rig.upstream.requests)
    with rig.replaying() as proxy:
        again = post(proxy)
        missed = post(proxy, {**CALL, "location": "elsewhere"})
        assert not rig.player.tally.unused
    assert again.content == seen.content
    assert again.headers["x-iai-proxy-match"] == "exact"
    assert missed.status_code == 404
    assert missed.headers["x-iai-proxy"] == "refused"
    assert missed.headers["x-iai-proxy-part"] == "1/9"
    assert missed.text.startswith("iai-proxy: no recorded answer")
    assert len(rig.upstream.requests) == before


def test_parts_that_the_api_answers_in_a_replay_are_recorded_like_the_sdks(rig: Rig) -> None:
    with rig.recording() as proxy:
        first = post(proxy).json()
    before = len(rig.exchanges())
    after = {**CALL, "agent_states": first["agent_states"], "recurrent_states": first["recurrent_states"]}
    with rig.replaying(misses_go_on=True) as proxy:
        assert post(proxy).json() == first
        second = post(proxy, after)
    assert (second.status_code, len(second.json()["agent_states"])) == (200, COUNT)
    added = rig.exchanges()[before:]
    assert [(one.endpoint, one.large) for one in added] == [("drive", None)] * COUNT
    assert [len(step.parts) for step in rig.lineage().simulations[0].steps] == [COUNT, COUNT]


def test_other_hosts_are_left_alone(rig: Rig) -> None:
    with rig.recording() as proxy, httpx.Client(proxy=proxy.forward, trust_env=False) as client:
        assert client.post("http://nowhere.invalid/large_drive", json=CALL).status_code == 502
    assert not rig.upstream.requests


def test_what_an_answer_that_is_not_whole_leaves_open_is_one_step_without_doubt(rig: Rig) -> None:
    with rig.recording() as proxy:
        first = post(proxy).json()
        after = {**CALL, "agent_states": first["agent_states"], "recurrent_states": first["recurrent_states"]}
        post(proxy, after)
        post(proxy, {**after, "random_seed": 3})
    (simulation,) = rig.lineage().simulations
    assert [(step.index, len(step.parts), step.doubts) for step in simulation.steps] == [
        (0, 9, ()),
        (1, 9, ()),
        (1, 9, ()),
    ]
    assert all(step.agents == tuple(range(COUNT)) for step in simulation.steps)
