"""Large calls that are answered without a connection."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.large_rig import CALL, COUNT

from iai_proxy.api import Request, header
from iai_proxy.player.large_calls import large_reply
from iai_proxy.session.refusals import JSON
from iai_proxy.session.replies import LEVEL_HEADER, Reply, refusal, reply

Answer = Callable[[Request], Reply]


def large(call: Any, endpoint: str = "large_drive", **changes: Any) -> Request:
    body = json.dumps(call).encode()
    made = Request(
        "POST", "https", "api.inverted.ai", 443, f"/v0/aws/m1/{endpoint}", "HTTP/1.1",
        (("Host", "api.inverted.ai"), ("Accept-Encoding", "gzip"), ("x-api-key", "k")),
        body, "", 0, 0,
    )  # fmt: skip
    return replace(made, **changes)


class Api:
    """Moves each agent by a metre, and keeps what it was asked."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.asked: list[Request] = []
        self.delay_s = delay_s

    def __call__(self, request: Request) -> Reply:
        self.asked.append(request)
        value = json.loads(request.body)
        answer = {
            "agent_states": [[x + 1, y, h, v] for x, y, h, v in value["agent_states"]],
            "recurrent_states": [[x] for x, *_ in value["agent_states"]],
            "is_inside_supported_area": [True] * len(value["agent_states"]),
            "model_version": "m",
        }
        made = reply(200, json.dumps(answer).encode(), JSON, (LEVEL_HEADER, "exact"))
        return replace(made, delay_s=self.delay_s)


def test_a_large_call_is_divided_and_its_answers_are_joined() -> None:
    api = Api()
    seen = large_reply(large(CALL), api)
    assert (seen.status, header(seen.headers, "x-iai-proxy-parts")) == (200, str(COUNT))
    assert header(seen.headers, LEVEL_HEADER) == "exact"
    assert [state[0] for state in json.loads(seen.body)["agent_states"]] == [
        100.0 * number + 1 for number in range(COUNT)
    ]
    assert {part.target for part in api.asked} == {"/v0/aws/m1/drive"}
    assert {header(part.headers, "x-api-key") for part in api.asked} == {"k"}


def test_no_part_is_coded_unless_its_answer_is_the_whole_one() -> None:
    api = Api()
    large_reply(large(CALL), api)
    assert {header(part.headers, "accept-encoding") for part in api.asked} == {None}
    api = Api()
    seen = large_reply(large({**CALL, "single_call_agent_limit": 100}), api)
    assert [header(part.headers, "accept-encoding") for part in api.asked] == ["gzip"]
    assert header(seen.headers, "x-iai-proxy-parts") is None


@pytest.mark.parametrize("concurrency", [1, 2, 9, 64])
def test_it_is_late_by_as_much_as_its_parts_would_take(concurrency: int) -> None:
    seen = large_reply(large({**CALL, "concurrency": concurrency}), Api(delay_s=2.0))
    assert seen.delay_s == 2.0 * math.ceil(COUNT / concurrency)


def test_a_miss_is_handed_on_with_the_number_of_its_part() -> None:
    def missing(request: Request) -> Reply:
        return refusal(404, "no recorded answer")

    seen = large_reply(large(CALL), missing)
    assert (seen.status, seen.body) == (404, b"iai-proxy: no recorded answer")
    assert header(seen.headers, "x-iai-proxy-part") == f"1/{COUNT}"
    assert header(seen.headers, "content-length") == str(len(seen.body))


@pytest.mark.parametrize("fault", [reply(503, b"", JSON), Reply(0, "", (), b"", drop=True)])
def test_a_part_that_a_fault_has_met_is_tried_again_after_a_pause(fault: Reply) -> None:
    api, faults = Api(), [fault]

    def answer(request: Request) -> Reply:
        return faults.pop() if faults else api(request)

    seen = large_reply(large({**CALL, "concurrency": 1}), answer)
    assert seen.status == 200
    assert len(api.asked) == COUNT
    assert 0.5 <= seen.delay_s <= 1.5  # the SDK's first pause, varied by half


def test_after_the_clients_deadline_nothing_is_tried_again() -> None:
    failed = reply(503, b"busy", JSON)
    late = large(CALL, headers=(("x-iai-proxy-deadline", "100"),))
    seen = large_reply(late, lambda _: failed)
    assert (seen.status, seen.body) == (503, b"busy")
    assert 30 < seen.delay_s <= 100


def test_a_payload_that_can_not_be_read_is_refused() -> None:
    seen = large_reply(large({**CALL, "agent_states": "none"}), Api())
    assert (seen.status, seen.refused) == (422, True)


def test_an_answer_of_another_shape_is_a_fault_that_names_its_part() -> None:
    seen = large_reply(large(CALL), lambda _: reply(200, b"no JSON", JSON))
    assert seen.status == 424
    assert b"part 1 of 9 was not answered as the API does" in seen.body
