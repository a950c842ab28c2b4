"""JSON as clients write it."""

import json
from math import inf, isnan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.api import parse_json, parse_object
from iai_proxy.api.lenient_json import NotFinite


@pytest.mark.parametrize("text", ["", "x", "[" * 100_000, "[1,]", "[1] 2"])
def test_what_is_not_json_is_a_value_error(text: str) -> None:
    for written in (text, text.encode()):
        with pytest.raises(ValueError):
            parse_json(written)


def test_bytes_that_are_not_utf8_are_a_value_error() -> None:
    with pytest.raises(ValueError):
        parse_json(b'"\xff"')


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_comes_back_as_its_name(name: str) -> None:
    (value,) = parse_json(f"[{name}]")
    assert isinstance(value, NotFinite)
    assert value == name


def test_such_a_number_can_come_back_as_a_number() -> None:
    value = parse_json("[Infinity, -1e999, NaN, 1.5]", float)
    assert value[:2] == [inf, -inf]
    assert isnan(value[2])
    assert value[3] == 1.5


def test_a_text_that_names_such_a_number_is_a_text() -> None:
    (text, number) = parse_json(b'["NaN", NaN]')
    assert not isinstance(text, NotFinite)
    assert isinstance(number, NotFinite)


def test_half_a_surrogate_pair_is_kept() -> None:
    assert parse_json(b'"\\ud800"') == "\ud800"


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), st.lists, max_leaves=5))
def test_standard_json_is_parsed_as_python_does(value: Any) -> None:
    text = json.dumps(value, indent=1)
    assert parse_json(text) == json.loads(text, parse_int=_as_parsed)


def _as_parsed(digits: str) -> float | int:
    """Integers over 64 bits are doubles."""
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(number)


@pytest.mark.parametrize("text", [b"[]", b"3", b'"{}"', b"null"])
def test_an_object_is_required(text: bytes) -> None:
    with pytest.raises(ValueError, match="no JSON object"):
        parse_object(text)
    assert parse_object(b'{"a": 1}') == {"a": 1}
