"""The calls that a large call is divided into: failing, repeated, too late, of another shape."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from support.large_rig import CALL, COUNT, Answer, Rig, driven, post, whole_and_parts

from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.errors import InputError
from iai_proxy.logs.export_debug_log import logged_calls
from iai_proxy.recordings import Recording


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
                b"POST /large_drive HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"
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
