"""Large calls through a real proxy with TLS: what is asked, recorded, refused and replayed."""

from __future__ import annotations

import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest
from support.large_rig import CALL, COUNT, Answer, Rig, driven, post, whole_and_parts
from support.proxy import API
from support.ways import WAYS

from iai_proxy.api import Exchange
from iai_proxy.recordings.writer import RecordingFailedError


def test_parts_and_the_whole_are_exchanges_and_the_whole_is_what_the_client_saw(rig: Rig) -> None:
    with rig.recording() as proxy:
        seen = post(
            proxy,
            headers={
                "x-api-key": "my-key-0123456789",
                "x-client-version": "mine",
                "x-iai-proxy-deadline": "5",
            },
        )
    assert seen.status_code == 200
    assert seen.headers["x-iai-proxy-parts"] == "9"
    assert [state[0] for state in seen.json()["agent_states"]] == [
        100.0 * number + 1 for number in range(COUNT)
    ]
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


@pytest.mark.parametrize(
    ("method", "path", "right"),
    [
        ("GET", "/large_drive", "POST"),
        ("PUT", "/large_initialize/", "POST"),
        ("POST", "/v0/aws/m1/regions?location=a", "GET"),
    ],
)
def test_another_method_than_a_large_call_has_is_refused_with_the_right_one(
    rig: Rig, method: str, path: str, right: str
) -> None:
    with rig.recording() as proxy, httpx.Client(trust_env=False) as plain:
        refused = plain.request(method, f"{proxy.reverse}{path}")
    assert (refused.status_code, refused.headers["allow"]) == (405, right)
    assert refused.text.endswith(f" is called with {right}, not with {method}")
    assert rig.upstream.requests == []


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
        answer = client.post(
            f"{API}/large_drive", content=packed, headers={"content-encoding": "gzip"}
        )
        assert (answer.status_code, answer.http_version) == (200, "HTTP/2")
        broken = client.post(
            f"{API}/large_drive", content=b"x", headers={"content-encoding": "rot13"}
        )
        assert broken.status_code == 422
        assert broken.json()["detail"][0]["loc"] == ["header", "content-encoding"]


def test_with_a_password_parts_pass_and_strangers_do_not(rig: Rig) -> None:
    with rig.recording("me:secret-pass") as proxy:
        forward = proxy.forward.replace("http://", "http://me:secret-pass@")
        assert post(replace(proxy, forward=forward)).status_code == 200
        with httpx.Client(trust_env=False) as plain:
            assert plain.post(f"{proxy.reverse}/large_drive", json=CALL).status_code == 401
            assert (
                plain.post(
                    f"{proxy.reverse}/large_drive", json=CALL, auth=("me", "secret-pass")
                ).status_code
                == 200
            )
    assert len(rig.upstream.requests) == 2 * COUNT


def test_several_at_once_are_kept_apart(rig: Rig) -> None:
    lock = threading.Lock()

    def answer(_: str) -> Answer:
        with lock:
            return driven(rig.upstream)

    rig.upstream.answer = answer
    calls = [{**CALL, "random_seed": seed} for seed in range(6)]
    with rig.recording() as proxy, ThreadPoolExecutor(6) as pool:
        assert [seen.status_code for seen in pool.map(lambda call: post(proxy, call), calls)] == [
            200
        ] * 6
    seeds: dict[str | None, set[int]] = {}
    for exchange in rig.exchanges():
        seeds.setdefault(exchange.large, set()).add(
            json.loads(exchange.request.body)["random_seed"]
        )
    assert sorted(seed for found in seeds.values() for seed in found) == list(range(6))


@pytest.mark.parametrize("way", WAYS)
def test_replay_divides_anew_and_passes_a_miss_on_as_it_is(rig: Rig, way: str) -> None:
    rig.way = way
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
    after = {
        **CALL,
        "agent_states": first["agent_states"],
        "recurrent_states": first["recurrent_states"],
    }
    with rig.replaying(misses_go_on=True) as proxy:
        assert post(proxy).json() == first
        second = post(proxy, after)
    assert (second.status_code, len(second.json()["agent_states"])) == (200, COUNT)
    added = rig.exchanges()[before:]
    assert [(exchange.endpoint, exchange.large) for exchange in added] == [("drive", None)] * COUNT
    assert [len(step.parts) for step in rig.lineage().simulations[0].steps] == [COUNT, COUNT]


def test_other_hosts_are_left_alone(rig: Rig) -> None:
    with rig.recording() as proxy, httpx.Client(proxy=proxy.forward, trust_env=False) as client:
        assert client.post("http://nowhere.invalid/large_drive", json=CALL).status_code == 502
    assert not rig.upstream.requests


def test_what_an_answer_that_is_not_whole_leaves_open_is_one_step_without_doubt(rig: Rig) -> None:
    with rig.recording() as proxy:
        first = post(proxy).json()
        after = {
            **CALL,
            "agent_states": first["agent_states"],
            "recurrent_states": first["recurrent_states"],
        }
        post(proxy, after)
        post(proxy, {**after, "random_seed": 3})
    (simulation,) = rig.lineage().simulations
    assert [(step.index, len(step.parts), step.doubts) for step in simulation.steps] == [
        (0, 9, ()),
        (1, 9, ()),
        (1, 9, ()),
    ]
    assert all(step.agents == tuple(range(COUNT)) for step in simulation.steps)


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


@pytest.mark.parametrize(("exact", "status"), [(False, 200), (True, 400)])
def test_regions_that_the_api_can_not_fill_are_named_unless_all_must_be(
    rig: Rig, exact: bool, status: int
) -> None:
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
    regions = [
        {"center": [x, 0.0], "agent_properties": [{"agent_type": "car"}]}
        for x in (0.0, 200.0, 400.0)
    ]
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
    regions = [
        {
            "center": [0.0, 0.0],
            "agent_states": [[0.0, 0.0, 0.0, 0.0]],
            "agent_properties": [car] * 3,
        }
    ]
    with rig.recording() as proxy, proxy.client() as client:
        seen = client.post(f"{API}/large_initialize", json={"location": "here", "regions": regions})
    assert (seen.status_code, len(seen.json()["agent_states"])) == (200, 1)
    assert seen.headers["x-iai-proxy-unfilled-regions"] == "1"


def test_what_can_not_be_recorded_is_not_answered(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: Future[int] = Future()
    failed.set_exception(RecordingFailedError("the disk is full"))
    with rig.recording() as proxy:
        record = rig.writer.record

        def failing(exchange: Exchange, most: int) -> Future[int]:
            return failed if exchange.endpoint == "large_drive" else record(exchange, most)

        monkeypatch.setattr(rig.writer, "record", failing)
        seen = post(proxy)
    assert (seen.status_code, seen.text) == (424, "iai-proxy: the disk is full")
    assert [exchange.endpoint for exchange in rig.exchanges()] == ["drive"] * COUNT
