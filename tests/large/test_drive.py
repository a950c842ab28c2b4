"""Differential tests: requests and answers are those of the SDK's own ``large_drive``."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.large import (
    PROPERTIES,
    EndlessDivisionError,
    Service,
    on_the_wire,
    sdk_drive,
    sdk_talking_to,
    sdk_that_gives_up_dividing,
)

from iai_proxy.large.answers import AnswerError
from iai_proxy.large.drive import LargeDrive
from iai_proxy.large.payload import PayloadError, parse_payload

Json = dict[str, Any]


def ours(asked: Json) -> tuple[list[Json], Json]:
    """The requests, and the merged answer."""
    plan = LargeDrive.of(parse_payload(json.dumps(asked).encode()))
    requests = list(plan.requests())
    answers = [Service().drive(request) for request in requests]
    return requests, plan.merged(answers) if len(answers) > 1 else answers[0]


def assert_as_in_the_sdk(asked: Json) -> int:
    service = Service()
    try:
        requests, merged = ours(asked)
    except PayloadError:
        refused = pytest.raises((RecursionError, EndlessDivisionError))
        with sdk_talking_to(service), sdk_that_gives_up_dividing(), refused:
            sdk_drive(asked)
        return 0
    with sdk_talking_to(service):
        answer = on_the_wire(sdk_drive(asked), drives=True)
    assert list(map(json.dumps, requests)) == list(map(json.dumps, service.requests))
    assert merged == answer
    return len(requests)


def call(positions: list[tuple[float, float]], limit: int | None = None, extra: int = 0) -> Json:
    draw = random.Random(len(positions))
    count = len(positions)
    return {
        "location": "here",
        "agent_states": [[float(x), float(y), draw.random(), draw.random()] for x, y in positions],
        "agent_properties": [{**PROPERTIES, "length": 3 + draw.random()} for _ in positions],
        "recurrent_states": [[draw.random() for _ in range(4)] for _ in range(count)]
        if extra & 1
        else None,
        "traffic_lights_states": {"5": "green"} if extra & 2 else None,
        "light_recurrent_states": [[1.0, 2.5]] if extra & 2 else None,
        "get_infractions": bool(extra & 4),
        "random_seed": extra or None,
        "model_version": "best" if extra & 1 else None,
        "single_call_agent_limit": limit,
    }


#: The SDK refuses denormal ones.
coordinates = st.floats(-600, 600).map(lambda number: round(number, 7))
edges = st.integers(-40, 40).map(lambda n: n * 17.5)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=80),
    st.integers(1, 100),
    st.integers(0, 7),
)
def test_agents_anywhere(positions: list[tuple[float, float]], limit: int, extra: int) -> None:
    assert_as_in_the_sdk(call(positions, limit, extra))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(edges, edges), min_size=1, max_size=60, unique=True),
    st.integers(1, 40),
    st.integers(0, 7),
)
def test_agents_on_edges(positions: list[tuple[float, float]], limit: int, extra: int) -> None:
    assert_as_in_the_sdk(call(positions, limit, extra))


@pytest.mark.parametrize("extra", range(8))
@pytest.mark.parametrize("limit", [None, 1, 7, 40, 100])
def test_grids_lines_clusters_and_one_agent(limit: int | None, extra: int) -> None:
    draw = random.Random(3)
    grid = [(x * 71.0, y * 71.0) for x in range(11) for y in range(11)]
    line = [(number * 80.0, 0.0) for number in range(120)]
    clusters = [
        (x * 300 + draw.random(), x * 300 + draw.random()) for x in range(30) for _ in range(4)
    ]
    parts = [
        assert_as_in_the_sdk(call(positions, limit, extra))
        for positions in (grid, line, clusters, [(3.5, -2.25)])
    ]
    assert parts[0] > 1
    assert parts[3] == 1


def test_a_single_part_has_all_that_the_client_asks_for() -> None:
    asked = {
        **call([(0, 0)]),
        "get_birdview": True,
        "rendering_fov": 80,
        "tomorrow": [1],
        "concurrency": 3,
    }
    (request,) = LargeDrive.of(asked).requests()
    assert (request["get_birdview"], request["rendering_fov"], request["tomorrow"]) == (
        True,
        80,
        [1],
    )
    assert not {"concurrency", "single_call_agent_limit"} & request.keys()


def problems(asked: Json | bytes) -> list[tuple[list[str | int], str]]:
    body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    with pytest.raises(PayloadError) as refused:
        LargeDrive.of(parse_payload(body))
    assert all(item["msg"] for item in refused.value.detail)
    return [(item["loc"], item["type"]) for item in refused.value.detail]


GOOD = call([(0, 0), (1, 1)], extra=1)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({**GOOD, "agent_states": []}, [(["body", "agent_states"], "too_short")]),
        ({"location": "here"}, [(["body", "agent_states"], "missing")]),
        ({**GOOD, "agent_states": 7}, [(["body", "agent_states"], "list_type")]),
        ({**GOOD, "agent_properties": [{}]}, [(["body", "agent_properties"], "value_error")]),
        ({**GOOD, "recurrent_states": [[]], "agent_attributes": 3}, [
            (["body", "agent_attributes"], "list_type"),
            (["body", "recurrent_states"], "value_error"),
        ]),
        ({**GOOD, "agent_states": [[1, 2], [1, 2, "x", True]]}, [
            (["body", "agent_states", 0], "list_type"),
            (["body", "agent_states", 1, 2], "float_type"),
            (["body", "agent_states", 1, 3], "float_type"),
        ]),
        ({**GOOD, "single_call_agent_limit": 0}, [
            (["body", "single_call_agent_limit"], "greater_than_equal"),
        ]),
        ({**GOOD, "single_call_agent_limit": 101}, [
            (["body", "single_call_agent_limit"], "less_than_equal"),
        ]),
        ({**GOOD, "single_call_agent_limit": 2.5}, [
            (["body", "single_call_agent_limit"], "int_type"),
        ]),
        ({**GOOD, "concurrency": True}, [
            (["body", "concurrency"], "int_type"),
        ]),
        (b'{"agent_states": [[1, NaN, 0, 0]]}', [
            (["body", "agent_states", 0, 1], "finite_number"),
        ]),
        (b'{"recurrent_states": [[1e999, -Infinity]]}', [
            (["body", "recurrent_states", 0, 0], "finite_number"),
            (["body", "recurrent_states", 0, 1], "finite_number"),
        ]),
        (b"[1]", [(["body"], "model_type")]),
        (b"{", [(["body", 1], "json_invalid")]),
        (b"", [(["body", 0], "json_invalid")]),
        (b"\xff", [(["body", 0], "json_invalid")]),
        (b'{"a":' + b"[" * 100_000, [(["body"], "json_invalid")]),
    ],
)  # fmt: skip
def test_what_can_not_be_divided_is_refused_in_the_form_of_the_api(
    asked: Json | bytes, expected: list[tuple[list[str | int], str]]
) -> None:
    assert problems(asked) == expected


def test_too_dense_agents_are_refused_with_where_and_how_many() -> None:
    with pytest.raises(PayloadError) as refused:
        LargeDrive.of(call([(500.0, 500.0)] * 130))
    (item,) = refused.value.detail
    assert item["type"] == "too_dense"
    assert item["ctx"] == {"x": 500.0, "y": 500.0, "agents": 130}
    assert (
        "130 agents are within 35 m of (500.0, 500.0), where a call takes 100 at most"
        in item["msg"]
    )


def test_an_answer_without_its_agents_is_named() -> None:
    plan = LargeDrive.of(call([(x * 100.0, 0.0) for x in range(12)], 4))
    answers = [Service().drive(request) for request in plan.requests()]
    answers[1]["recurrent_states"].pop()
    with pytest.raises(
        AnswerError, match=r"recurrent_states of its answer has \d items, but \d agents"
    ) as error:
        plan.merged(answers)
    assert error.value.part == 1
    with pytest.raises(AnswerError, match="holds no agent_states"):
        plan.merged([{}] * len(answers))
