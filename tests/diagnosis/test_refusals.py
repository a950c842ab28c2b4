"""Which calls the service refused, and why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.exchanges import CALL, exchange, request, response
from support.recordings import write

from iai_proxy.api import NOT_LOGGED, Call, Endpoint
from iai_proxy.diagnosis.refusals import refusals, refused_calls
from iai_proxy.recordings import Recording


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a recording is to be made."""
    return tmp_path / "run.iairec"


def call(
    status: int | None, endpoint: Endpoint = Endpoint.DRIVE, failure: str | None = None
) -> Call:
    return replace(CALL, status=status, endpoint=endpoint, failure=failure)


@pytest.mark.parametrize(
    ("given", "is_refused"),
    [
        (call(422), True),
        (call(400, Endpoint.INITIALIZE), True),
        (call(None, failure=NOT_LOGGED), True),
        (call(200), False),
        (call(503), False),  # of the service
        (call(403), False),  # of the key
        (call(None, failure="connection reset"), False),
        (call(422, Endpoint.LIGHT), False),  # without agents
    ],
)
def test_a_call_is_refused_if_its_request_may_show_why(given: Call, is_refused: bool) -> None:
    assert refused_calls([given]) == ([given] if is_refused else [])


def test_a_client_that_is_refused_at_every_step_is_looked_at_twenty_times() -> None:
    calls = [replace(call(422), id=number) for number in range(1000)]
    assert refused_calls(calls) == calls[:20]


FASTAPI = {
    "detail": [
        {"loc": ["body", "agent_states", 3], "msg": "field required", "type": "missing"},
        {"loc": ["body"], "msg": "no", "type": "value_error"},
    ]
}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (json.dumps(FASTAPI), "agent_states.3: field required; no"),
        ('{"detail": "Too many\\n agents"}', "Too many agents"),
        ('{"message": "no"}', "{'message': 'no'}"),
        ("<p>Bad\nrequest</p>", "<p>Bad request</p>"),
        ("x" * 300, "x" * 200 + "…"),
    ],
)
def test_the_services_reason_is_one_line(path: Path, body: str, reason: str) -> None:
    write(path, exchange(request(), response(body.encode(), status=422)))
    with Recording(path) as recording:
        assert refusals(recording, recording.calls()) == {1: reason}


def test_what_was_answered_repeated_or_said_nothing_has_no_reason(path: Path) -> None:
    answers = [
        response(b"{}"),
        response(b"later", status=503),
        response(b"", status=422),
        response(b"no", status=400),
    ]
    write(path, *(exchange(request(), answer) for answer in answers))
    with Recording(path) as recording:
        assert refusals(recording, recording.calls()) == {4: "no"}
