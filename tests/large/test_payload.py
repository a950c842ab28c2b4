"""Reading what a client sends for a large call, and saying what is wrong as the API says it."""

from __future__ import annotations

import math

import pytest

from iai_proxy.large.payload import (
    PayloadError,
    dump,
    length_problems,
    number_problems,
    parse_payload,
    problem,
    raise_if_any,
    range_problems,
    states_problems,
)


def test_a_problem_has_the_form_of_fastapi() -> None:
    assert problem(["body", 3], "no", "missing") == {
        "loc": ["body", 3],
        "msg": "no",
        "type": "missing",
    }
    assert problem(["body"], "no", "too_dense", agents=130)["ctx"] == {"agents": 130}


def test_an_error_names_each_place_and_the_first_twenty_are_enough() -> None:
    raise_if_any(iter(()))
    with pytest.raises(PayloadError) as refused:
        raise_if_any(problem(["body", number], "no", "missing") for number in range(1000))
    assert len(refused.value.detail) == 20
    assert str(refused.value).startswith("body.0: no; body.1: no; ")


@pytest.mark.parametrize("number", [0.1, 5e-324, 1.7976931348623157e308, -0.0])
def test_doubles_come_back_bit_for_bit(number: float) -> None:
    (back,) = parse_payload(dump({"x": [number]}))["x"]
    assert (back, math.copysign(1, back)) == (number, math.copysign(1, number))


def test_half_a_surrogate_pair_in_a_name_is_passed_on() -> None:
    payload = parse_payload(b'{"location": "\\ud800"}')
    assert dump(payload) == b'{"location": "\\ud800"}'


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (7, []),
        (-2.5, []),
        ("7", ["float_type"]),
        (True, ["float_type"]),
        (math.inf, ["finite_number"]),
        (10**400, ["finite_number"]),
    ],
)
def test_a_number_is_finite_and_no_truth_value(value: object, kinds: list[str]) -> None:
    assert [item["type"] for item in number_problems(value, ["body"])] == kinds


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        (None, []),
        (1, []),
        (100, []),
        (0, ["Input should be greater than or equal to 1"]),
        (101, ["Input should be less than or equal to 100"]),
        (50.0, ["Input should be a valid integer"]),
        (True, ["Input should be a valid integer"]),
    ],
)
def test_a_whole_number_lies_within_its_bounds_or_is_left_out(
    value: object, messages: list[str]
) -> None:
    assert [item["msg"] for item in range_problems(value, ["body"], 1, 100)] == messages


def test_each_state_that_is_none_is_named_with_its_place() -> None:
    states = [[0.0, 0.0, 0.0, 0.0], [0.0], [0.0, 0.0, None, 0.0]]
    assert [item["loc"] for item in states_problems(states, ["body", "agent_states"])] == [
        ["body", "agent_states", 1],
        ["body", "agent_states", 2, 2],
    ]


def test_lists_have_an_item_for_each_agent_or_are_left_out() -> None:
    payload = {"agent_properties": [{}] * 3, "agent_attributes": None, "recurrent_states": [[]]}
    (item,) = length_problems(payload, 3)
    assert item["loc"] == ["body", "recurrent_states"]
    assert item["msg"].startswith("recurrent_states has 1 items, but agent_states has 3")
