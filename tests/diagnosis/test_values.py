"""Lenient reading of parsed JSON: what is not what it should be counts as absent."""

from __future__ import annotations

import math
from typing import Any

import pytest

from iai_proxy.diagnosis.values import (
    NO_SIZES,
    finite_row,
    lights_of,
    members,
    number,
    rows,
    sizes,
    state,
    text,
)


@pytest.mark.parametrize("value", [None, 5, "text", {"a": 1}])
def test_what_is_no_list_has_no_rows(value: object) -> None:
    assert rows(value) == ()


@pytest.mark.parametrize("value", [None, 5, "text", [1]])
def test_what_is_no_object_has_no_members(value: object) -> None:
    assert members(value) == {}


@pytest.mark.parametrize("value", [True, "1", None, math.nan, math.inf, 10**400])
def test_what_is_no_finite_number_is_none(value: object) -> None:
    assert number(value) is None


def test_whole_numbers_are_numbers_too() -> None:
    assert number(7) == 7.0
    assert state([1, 2.0, 0, -3]) == (1.0, 2.0, 0.0, -3.0)


def test_a_state_may_be_as_large_as_a_double_though_its_sum_is_not() -> None:
    assert state([1e308, 1e308, 0.0, 0.0]) == (1e308, 1e308, 0.0, 0.0)


@pytest.mark.parametrize(
    "value", [None, [], [1.0, 2.0, 0.5], [1.0, 2.0, math.nan, 3.0], [1.0, 2.0, "0", 3.0], "abcd"]
)
def test_what_is_not_four_finite_numbers_is_no_state(value: object) -> None:
    assert state(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"length": 4.5, "width": 2, "rear_axis_offset": 1.5, "agent_type": "bus"},
            (4.5, 2.0, 1.5, "bus"),
        ),
        ({"length": "4.5", "width": None}, NO_SIZES),
        ([4.5, 2.0, 1.5, "pedestrian"], (4.5, 2.0, 1.5, "pedestrian")),
        ([4.5, 2.0, "car"], (4.5, 2.0, None, "car")),
        ([4.5, 2.0, 1.5, [9.0, 9.0]], (4.5, 2.0, 1.5, "car")),  # the last is a waypoint
        (None, NO_SIZES),
    ],
)
def test_sizes_are_read_of_properties_and_of_attributes(value: Any, expected: object) -> None:
    assert sizes(value) == expected


def test_an_empty_text_is_none_and_lights_are_known_by_their_ids_as_text() -> None:
    assert (text(""), text("iai:demo"), text(7)) == (None, "iai:demo", None)
    assert lights_of({4364: "red", "4365": "green"}) == {"4364": "red", "4365": "green"}
    assert lights_of(None) == {}


@pytest.mark.parametrize(
    ("value", "row"),
    [
        ([1.0, 2.5], [1.0, 2.5]),
        ([1, 2.5], [1.0, 2.5]),
        ([1e308, 1e308], [1e308, 1e308]),
        ([], None),
        ([1.0, math.nan], None),
        ([1.0, None], None),
        ("12", None),
    ],
)
def test_a_row_is_finite_as_a_whole_or_not_at_all(value: object, row: list[float] | None) -> None:
    assert finite_row(value) == row
