"""A debug log as lineage sees it."""

from __future__ import annotations

from typing import Any

import pytest
from logs.log_bodies import log_body

from iai_proxy.api import FROM_LOG, NOT_LOGGED, Endpoint
from iai_proxy.errors import InputError
from iai_proxy.logs.debug_log import DebugLog, PairedCall
from iai_proxy.logs.observing import ObservedLog, observed

Json = dict[str, Any]
STATE = [1.0, 2.0, 0.5, 3.0]


def paired(model: Endpoint, asked: Json | None, answer: Json | None, query: str = "") -> PairedCall:
    return PairedCall(
        model,
        0,
        None if asked is None else log_body(asked, model, query=query),
        None if answer is None else log_body(answer, model, is_answer=True),
        None,
        None,
        started_ns=10,
        ended_ns=20,
    )


def seen(*calls: PairedCall) -> ObservedLog:
    log = DebugLog(file=None, calls=list(calls))  # type: ignore[arg-type]
    return observed(log)


DRIVE = paired(
    Endpoint.DRIVE,
    {"location": "town", "agent_states": [STATE]},
    {"agent_states": [STATE, STATE], "model_version": "v1"},
)


def test_a_call_has_no_more_than_the_log_says() -> None:
    found = seen(DRIVE, paired(Endpoint.DRIVE, {"agent_states": []}, None))
    answered, lost = found.calls
    assert (answered.id, answered.connection, answered.method) == (1, FROM_LOG, "POST")
    assert (answered.status, answered.failure, answered.response_started_ns) == (200, None, 20)
    assert (lost.id, lost.status, lost.failure) == (2, None, NOT_LOGGED)
    assert (lost.response_started_ns, lost.response_hash, lost.response_bytes) == (None, None, 0)


def test_calls_with_agents_are_observed_and_others_are_only_listed() -> None:
    lookup = paired(Endpoint.LOCATION_INFO, {}, {"version": "1"}, query="?location=town")
    found = seen(lookup, DRIVE)
    assert [call.target for call in found.calls] == [
        "/v0/aws/m1/location_info?location=town",
        "/v0/aws/m1/drive",
    ]
    (observation,) = found.observations
    assert observation.call.id == 2
    assert (len(observation.sent), len(observation.received)) == (1, 2)
    assert (observation.location, observation.model_version) == ("town", "v1")


def test_a_response_whose_request_is_missing_is_no_call() -> None:
    assert seen(paired(Endpoint.DRIVE, None, {"agent_states": []})).calls == []


def test_of_a_location_the_first_map_counts_without_its_picture() -> None:
    asked = {"location": "town"}
    answers: list[Json] = [{"map_fov": 100, "birdview_image": "x"}, {"map_fov": 200}]
    found = seen(*(paired(Endpoint.LOCATION_INFO, asked, answer) for answer in answers))
    assert found.maps == {"town": {"map_fov": 100}}


def test_bodies_are_read_again_by_number_and_a_lost_answer_is_empty() -> None:
    found = seen(DRIVE, paired(Endpoint.DRIVE, {"agent_states": [STATE]}, None))
    (_, answer), (asked, lost) = found.bodies([1, 2])
    assert answer["model_version"] == "v1"
    assert (asked.whole(), lost.whole()) == ({"agent_states": [STATE]}, {})


def test_a_log_that_changes_while_it_is_read_is_an_input_error() -> None:
    call = paired(Endpoint.DRIVE, {"agent_states": [STATE]}, None)
    found = seen(call)
    assert call.request is not None
    stream = call.request.file._stream
    stream.seek(0)
    stream.truncate()
    with pytest.raises(InputError, match="the log was being written while it was read"):
        list(found.bodies([1]))
