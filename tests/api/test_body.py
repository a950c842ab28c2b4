"""Recurrent states are found in a body as it is written, and parsed when they are looked at."""

import json
from math import inf
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iai_proxy.api import LazyBody
from iai_proxy.api.body import recurrent_span

STATES = [[0.5, -1e-05], [], [2.0]]
BODY = {"agent_states": [[1.0, 2.0]], "recurrent_states": STATES, "random_seed": 7}


def cut(data: bytes, likely: bytes = b"") -> bytes:
    begin, end = recurrent_span(data, likely)
    return data[begin:end]


@pytest.mark.parametrize("indent", [None, 0, 3])
@pytest.mark.parametrize("order", [1, -1])
def test_they_are_found_however_the_body_is_written(indent: int | None, order: int) -> None:
    text = json.dumps(dict(list(BODY.items())[::order]), indent=indent)
    assert json.loads(cut(text.encode())) == STATES


def test_they_are_found_in_a_debug_log_where_a_body_is_a_string() -> None:
    assert json.loads(cut(json.dumps(json.dumps(BODY)).encode())) == STATES


def test_a_likely_text_is_found_without_a_search_for_its_end() -> None:
    data = json.dumps(BODY).encode()
    states = json.dumps(STATES).encode()
    assert cut(data, states) == states
    assert cut(data, b"[[9.0]]") == states


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"recurrent_states": null}',
        b'{"recurrent_states": [1, 2]}',
        b'{"recurrent_states": [[{}]]}',
        b'{"recurrent_states": ["a"]}',
        b'{"x": "recurrent_states"}',
        b'{"recurrent_states": [[1.0',
    ],
)
def test_what_is_no_list_of_lists_is_not_cut(data: bytes) -> None:
    assert cut(data) == b""


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (json.dumps(BODY).encode(), BODY),
        (b'{"recurrent_states": [1, 2], "a": 1}', {"recurrent_states": [1, 2], "a": 1}),
        (b'{"a": {"recurrent_states": [[1.0]]}}', {"a": {"recurrent_states": [[1.0]]}}),
        (
            b'{"recurrent_states": [[1.0, Infinity], null]}',
            {"recurrent_states": [[1.0, inf], None]},
        ),
        (b'{"recurrent_states": [[1.0] 2]}', {"recurrent_states": None}),
        (b"[1]", {}),
        (b"not JSON", {}),
        (b"", {}),
    ],
)
def test_a_lazy_body_is_the_object(data: bytes, value: dict[str, Any]) -> None:
    body = LazyBody.of(data)
    assert body.whole() == dict(body) == value
    assert len(body) == len(value)
    rest = {name: member for name, member in value.items() if name != "recurrent_states"}
    assert body.without_recurrent() == rest


def test_recurrent_states_are_fetched_once_and_only_when_looked_at() -> None:
    fetched = []

    def fetch() -> object:
        fetched.append(1)
        return STATES

    body = LazyBody({"recurrent_states": None, "a": 1}, fetch)
    assert (body["a"], body.without_recurrent(), fetched) == (1, {"a": 1}, [])
    assert body["recurrent_states"] is body["recurrent_states"] is STATES
    assert fetched == [1]


@example([[inf, -inf]])
@given(st.lists(st.none() | st.lists(st.floats(allow_nan=False), max_size=3), max_size=4))
def test_any_states_come_back(states: list[list[float] | None]) -> None:
    body = {"a": [[1]], "recurrent_states": states, "b": "x"}
    assert LazyBody.of(json.dumps(body).encode()).whole() == body
