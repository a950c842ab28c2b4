"""What the SDK's tool takes from a body, and what it can't take."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from iai_proxy.diagnosis.sdk_tool.tool_body import (
    RecurrentStates,
    read_body,
    read_object,
    read_sizes,
)
from iai_proxy.errors import InputError

STATES = [[1.0, 2.0, 0.5, 7.0], [3.0, 4.0, 0.5, 7.0]]
RECURRENT = [[0.25, 1.0], [0.75, 1.0]]
BODY = json.dumps({"agent_states": STATES, "recurrent_states": RECURRENT, "seed": 7}).encode()


def test_a_body_is_its_states_its_recurrent_states_and_all_else() -> None:
    body = read_body(BODY, "drive request 1")
    assert body.states == STATES
    assert body.recurrent is not None
    assert body.recurrent.rows == RECURRENT
    assert body.others["seed"] == 7


def test_recurrent_states_of_the_same_text_are_those_of_the_body_before() -> None:
    before = read_body(BODY, "drive response 1").recurrent
    assert before is not None
    assert read_body(BODY, "drive request 2", before).recurrent is before
    moved = BODY.replace(b"0.75", b"0.5")
    after = read_body(moved, "drive request 2", before).recurrent
    assert after is not None
    assert after.rows == [[0.25, 1.0], [0.5, 1.0]]


def test_equal_text_with_a_nan_is_read_anew_for_nan_equals_nothing() -> None:
    text = BODY.replace(b"0.75", b"NaN")
    before = read_body(text, "drive response 1").recurrent
    after = read_body(text, "drive request 2", before).recurrent
    assert after is not before
    assert after is not None
    assert math.isnan(after.rows[1][0])


@pytest.mark.parametrize("value", [None, ...])
def test_recurrent_states_that_are_null_or_missing_are_none(value: object) -> None:
    body = {"agent_states": STATES} | ({} if value is ... else {"recurrent_states": value})
    assert read_body(json.dumps(body).encode(), "drive request 1").recurrent is None


@pytest.mark.parametrize(
    ("text", "are_distinct"),
    [
        (b"[[0.25, 1.0], [0.75, 1.0]]", True),
        (b"[[0.25, 1.0], [0.2500001, 2.0]]", False),  # alike to six decimals
        (b"[[0.25], [0.75]]", False),  # not easily seen
    ],
)
def test_agents_are_distinct_where_their_first_numbers_differ(
    text: bytes, are_distinct: bool
) -> None:
    assert RecurrentStates(text, "here").are_distinct is are_distinct


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"a": %b%b}' % (b"[" * 900, b"]" * 900), "drive request 1 is nested too deeply"),
        (
            b'{"recurrent_states": [[1]], "agent_states": [%b%b]}' % (b"[" * 900, b"]" * 900),
            "drive request 1 is nested too deeply",
        ),
        (b"{'", "drive request 1 is no JSON$"),
        (b"[1]", "drive request 1 is no JSON object"),
        (b"{}", "the agent_states of drive request 1 are no list of lists of numbers"),
        (b'{"agent_states": [1]}', "the agent_states of drive request 1 are no list of lists"),
        (b'{"agent_states": [[NaN, "x"]]}', "the agent_states of drive request 1 are no list of"),
    ],
)
def test_what_lacks_states_is_refused_with_its_place(text: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_body(text, "drive request 1")


def test_an_object_may_hold_what_strict_json_does_not_know() -> None:
    assert read_object(b'{"a": Infinity, "b": 1000000000000000000000}', "it") == {
        "a": math.inf,
        "b": 1e21,
    }


CAR = {"length": 4.5, "width": 2.0, "rear_axis_offset": 1.5, "agent_type": "car"}


@pytest.mark.parametrize(
    ("body", "sizes"),
    [
        ({"agent_properties": [CAR, None]}, [[4.5, 2.0, 1.5, "car", None], [None] * 5]),
        ({"agent_attributes": [[4.5, 2.0, 1.5, "car"]]}, [[4.5, 2.0, 1.5, "car"]]),
        (
            {"agent_properties": None, "agent_attributes": [[4.5, 2.0], [4.5, 2.0, [1.0, 2.0]]]},
            [[4.5, 2.0, None], [4.5, 2.0, [1.0, 2.0]]],
        ),
        ({}, []),
    ],
)
def test_sizes_are_those_of_properties_or_else_of_attributes(
    body: dict[str, Any], sizes: list[Any]
) -> None:
    assert read_sizes(body, "drive request 1") == sizes


@pytest.mark.parametrize("properties", [7, [7]])
def test_properties_that_are_no_agents_are_refused(properties: object) -> None:
    with pytest.raises(InputError, match="of drive request 1 are no list of agents"):
        read_sizes({"agent_properties": properties}, "drive request 1")
