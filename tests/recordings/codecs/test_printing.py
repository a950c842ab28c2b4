"""Doubles are printed as orjson does, and as Python does; both are part of the format."""

import json
import math
import struct
from array import array

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.recordings.codecs import printing

DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
SINGLES = st.floats(allow_nan=False, allow_infinity=False, width=32)
#: Where the ways of printing differ.
TINY = st.floats(1e-7, 1e-3) | st.floats(-1e-3, -1e-7) | st.floats(1e14, 1e23)
ROW = st.lists(DOUBLES | SINGLES | TINY)

#: Shortest digits by hand; laid out as ryu's `pretty` format and as Python's `repr` document it.
BY_HAND = [
    (0.0, b"0.0", b"0.0"),
    (-0.0, b"-0.0", b"-0.0"),
    (100.0, b"100.0", b"100.0"),
    (0.0001, b"0.0001", b"0.0001"),
    (0.00001, b"0.00001", b"1e-05"),
    (-0.000012, b"-0.000012", b"-1.2e-05"),
    (0.0000999, b"0.0000999", b"9.99e-05"),
    (0.000001, b"1e-6", b"1e-06"),
    (-1.5e-10, b"-1.5e-10", b"-1.5e-10"),
    (5e-324, b"5e-324", b"5e-324"),
    (1e15, b"1000000000000000.0", b"1000000000000000.0"),
    (1e16, b"1e16", b"1e+16"),
    (1.5e300, b"1.5e300", b"1.5e+300"),
    (10.00001, b"10.00001", b"10.00001"),
]


@pytest.mark.parametrize(("number", "orjsons", "pythons"), BY_HAND)
def test_numbers_are_printed_in_both_ways(number: float, orjsons: bytes, pythons: bytes) -> None:
    assert printing.rows_text([[number, 0.5]]) == [b"[" + orjsons + b",0.5]"]
    assert printing.pythons(b"[" + orjsons + b",0.5]") == b"[" + pythons + b",0.5]"


@given(st.lists(ROW))
def test_python_and_orjson_print_so(rows: list[list[float]]) -> None:
    texts = printing.rows_text(rows)
    assert [text.replace(b"e", b"e+").replace(b"e+-", b"e-") for text in texts] == [
        orjson.dumps(row).replace(b"e+", b"e").replace(b"e", b"e+").replace(b"e+-", b"e-")
        for row in rows
    ]
    assert list(map(printing.pythons, texts)) == [
        json.dumps(row, separators=(",", ":")).encode() for row in rows
    ]


@given(ROW)
def test_without_orjson_the_same_is_printed(row: list[float]) -> None:
    """An orjson of another version may print otherwise. Recordings are read all the same."""
    assert printing.slow_row_text(row) == printing.rows_text([row])[0]


@given(st.lists(SINGLES | st.floats(width=32).filter(lambda number: abs(number) < 1e-3)))
def test_32_bit_floats_are_printed_as_python_does_without_a_look_at_the_text(
    row: list[float],
) -> None:
    singles = array("f", row)
    expected = json.dumps([singles.tolist()], separators=(",", ":")).encode()
    assert printing.pythons_text([printing.for_python(singles)]) == expected


def test_numbers_without_end_are_null_in_both_ways() -> None:
    assert printing.pythons_text([printing.for_python(array("f", [math.inf, 0.5]))]) == (
        b"[[null,0.5]]"
    )


def test_the_installed_orjson_is_used() -> None:
    assert printing.ORJSON_PRINTS_SO


@given(DOUBLES)
def test_what_is_printed_is_the_number(number: float) -> None:
    (text,) = printing.rows_text([[number]])
    for printed in (text, printing.pythons(text)):
        read = json.loads(printed)[0]
        assert struct.pack("<d", read) == struct.pack("<d", number)
        assert math.copysign(1, read) == math.copysign(1, number)
