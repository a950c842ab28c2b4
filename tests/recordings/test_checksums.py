"""The checksum of a row is what its description says, and tells all values apart."""

from __future__ import annotations

import zlib
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from iai_proxy.recordings.checksums import checksum, is_whole

values = some.none() | some.text() | some.binary() | some.integers(-(2**63), 2**63 - 1)


def number(value: int) -> bytes:
    return value.to_bytes(4, "little", signed=True)


def described(value: Any) -> bytes:
    """A value as the module's docstring describes it, written down without ``marshal``."""
    if value is None:
        return b"N"
    if isinstance(value, str):
        text = value.encode()
        return b"u" + number(len(text)) + text
    if isinstance(value, bytes):
        return b"s" + number(len(value)) + value
    if -(2**31) <= value < 2**31:
        return b"i" + number(value)
    digits, rest = [], abs(value)
    while rest:
        digits.append((rest % 32768).to_bytes(2, "little"))
        rest //= 32768
    count = len(digits) if value > 0 else -len(digits)
    return b"l" + number(count) + b"".join(digits)


@given(some.lists(values, max_size=30))
def test_a_checksum_is_what_is_described(row: list[Any]) -> None:
    content = b"(" + number(len(row) + 1) + b"".join(map(described, ["meta", *row]))
    assert checksum("meta", *row) == zlib.crc32(content)


def test_values_that_look_alike_have_other_checksums() -> None:
    rows = [
        (None, "1"), ("1", None), ("", "1"), (b"", "1"), (1, ""), (b"1", ""), ("1", ""),
        ("a", "b"), ("ab", ""), ("", "ab"), ("N", "1"), (0, 1), (2**32, 1), (-(2**32), 1),
    ]  # fmt: skip
    for first, second in combinations(rows, 2):
        assert checksum("meta", *first) != checksum("meta", *second)
    assert checksum("meta", "a", 1) != checksum("derived", "a", 1)


def test_a_value_that_no_row_holds_has_no_checksum() -> None:
    with pytest.raises(ValueError, match="unmarshallable"):
        checksum("meta", object())


def test_a_row_whose_format_has_no_checksums_counts_as_whole() -> None:
    assert is_whole("meta", ["a", 1], None)
    assert is_whole("meta", ["a", 1], checksum("meta", "a", 1))
    assert not is_whole("meta", ["a", 1], -1)
