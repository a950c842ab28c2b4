"""Calls as programs read them, against the debug log that the SDK wrote of the same run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.exchanges import exchange, request, response
from support.recordings import write

import iai_proxy
from iai_proxy.errors import InputError, UsageError
from iai_proxy.run import Run


@pytest.mark.parametrize("endpoint", ["initialize", "drive"])
def test_bodies_are_those_of_the_sdks_log(
    run: Run, debug_log: dict[str, list[str]], endpoint: str
) -> None:
    calls = [call for call in run.calls if call.endpoint == endpoint]
    assert len(calls) > 1
    asked = [call.request.json() for call in calls]
    assert asked == list(map(json.loads, debug_log[f"{endpoint}_requests"]))
    answers = [call.response.json() for call in calls if call.response]
    assert answers == list(map(json.loads, debug_log[f"{endpoint}_responses"]))


def test_calls_are_numbered_and_placed(run: Run) -> None:
    assert len(run.calls) == 13
    assert [call.number for call in run.calls] == list(range(1, 14))
    places = {call.number: (call.simulation, call.step) for call in run.calls}
    assert places[1] == (None, None)  # location_info
    assert places[2] == (1, 0)
    assert places[8] == places[9] == (1, 6)  # the newcomer's initialize, and the step
    assert places[13] == (1, 5)
    with pytest.raises(UsageError, match=r"has no call 14: its calls are 1 to 13$"):
        run.call(14)


def test_calls_are_indexed_by_place(run: Run) -> None:
    assert (run.calls[0].number, run.calls[-1].number) == (1, 13)
    assert [call.number for call in run.calls[10:]] == [11, 12, 13]
    assert [call.number for call in run.calls[::-5]] == [13, 8, 3]
    with pytest.raises(IndexError):
        run.calls[13]


def test_a_call_has_what_went_over_the_wire(run: Run) -> None:
    call = run.call(3)
    assert (call.method, call.path, call.status) == ("POST", "/v0/aws/m1/drive", 200)
    assert (call.failure, call.succeeded, call.sdk_version) == (None, True, "0.0.22")
    asked, answer = call.request, call.response
    assert answer is not None
    assert (asked.method, asked.url) == ("POST", "https://api.inverted.ai/v0/aws/m1/drive")
    assert asked.header("content-type") == "application/json"
    assert asked.header("X-Client-Version") == "0.0.22"
    assert asked.header("no-such") is None
    assert len(asked.body) == call.request_bytes
    assert len(answer.body) == call.response_bytes
    times = [asked.started_ns, asked.ended_ns, answer.started_ns, answer.ended_ns]
    assert times == sorted(times)
    assert call.started_ns == times[0]
    assert call.duration_ms == (call.ended_ns - call.started_ns) / 1e6
    assert call.started.timestamp() == pytest.approx(call.started_ns / 1e9, abs=1e-6)


def test_a_call_that_failed_says_why(tmp_path: Path) -> None:
    asked = request(b"no json", target="/v0/aws/m1/drive")
    refused = exchange(asked, response(b"<html>", status=502))
    cut = replace(refused, response=None, failure="the server closed the connection")
    write(tmp_path / "run.iairec", refused, cut)
    with iai_proxy.open(tmp_path / "run.iairec") as run:
        first, second = run.calls
        assert (first.status, first.succeeded, first.failure) == (502, False, None)
        assert first.response is not None
        assert first.response.body == b"<html>"
        with pytest.raises(InputError, match=r"^the body of the answer to call 1 is no JSON \("):
            first.response.json()
        with pytest.raises(InputError, match=r"^the body of the request of call 1 is no JSON \("):
            first.request.json()
        assert (second.status, second.response) == (None, None)
        assert second.failure == "the server closed the connection"


def test_a_body_that_is_empty_is_none(tmp_path: Path) -> None:
    write(tmp_path / "run.iairec", exchange(request(b"", target="/test"), b""))
    with iai_proxy.open(tmp_path / "run.iairec") as run:
        assert run.call(1).request.json() is None
