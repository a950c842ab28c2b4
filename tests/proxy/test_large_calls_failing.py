"""Large calls that fail: refusals, failing parts, odd answers, clients that hang up."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import pytest
from support.large_rig import CALL, COUNT, Answer, Rig, driven, post, whole_and_parts
from support.proxy import API

from iai_proxy.api import Exchange
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.errors import InputError
from iai_proxy.logs.export_debug_log import logged_calls
from iai_proxy.recordings import Recording
from iai_proxy.recordings.writer import RecordingFailedError


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


def test_a_part_that_fails_fails_the_call_with_its_status_and_body_and_the_paid_ones_stay(
    rig: Rig,
) -> None:
    def answer(_: str) -> Answer:
        return (
            driven(rig.upstream)
            if len(rig.upstream.requests) != 4
            else (400, {"x-of-the-api": "1"}, b'{"detail":"no"}')
        )

    rig.upstream.answer = answer
    with rig.recording() as proxy:
        seen = post(proxy)
    assert (seen.status_code, seen.content, seen.headers["x-of-the-api"]) == (
        400,
        b'{"detail":"no"}',
        "1",
    )
    assert seen.headers["x-iai-proxy-part"] == "4/9"
    whole, parts = whole_and_parts(rig)
    assert [part.status for part in parts] == [200, 200, 200, 400]
    assert whole.status == 400
    assert [step.large_call for step in rig.lineage().simulations[0].steps] == [whole.id]


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


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "recurrent_states",
            None,
            "its answer has no recurrent_states, and those of other parts have",
        ),
        ("is_inside_supported_area", {"a": 1}, "is_inside_supported_area of its answer is no list"),
        ("agent_states", [None], "agent_states of its answer holds what is no state"),
        (
            "agent_states",
            [[0, 0, 0, 0]] * 2,
            "agent_states of its answer has 2 items, but 1 agents were sent",
        ),
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
        for call in logged_calls(recording, recording.lineage(), None, with_errors=False):
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
    assert simulation.root.large_call == whole.id
    assert rig.lineage().places()[whole.id] == (1, 0)


@pytest.mark.parametrize("status", [503, 403, 0])
def test_repeating_ends_with_the_deadline(rig: Rig, status: int) -> None:
    rig.upstream.answer = lambda _: (status, {"content-type": "text/plain"}, b"come back later")
    with rig.recording() as proxy:
        seen = post(proxy, headers={"x-iai-proxy-deadline": "0.2"})
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


def test_what_can_not_be_recorded_is_not_answered(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: Future[int] = Future()
    failed.set_exception(RecordingFailedError("the disk is full"))
    with rig.recording() as proxy:
        append = rig.writer.append

        def failing(make: Callable[[], Exchange]) -> Future[int]:
            return failed if make().endpoint == "large_drive" else append(make)

        monkeypatch.setattr(rig.writer, "append", failing)
        seen = post(proxy)
    assert (seen.status_code, seen.text) == (424, "iai-proxy: the disk is full")
    assert [exchange.endpoint for exchange in rig.exchanges()] == ["drive"] * COUNT


def test_a_client_that_hangs_up_gets_what_is_under_way_recorded_and_no_more_is_asked(
    rig: Rig,
) -> None:
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
            client.sendall(
                b"POST /large_drive HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )
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
