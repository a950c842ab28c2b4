"""Floats as bytes, alike ones together."""

import math
import struct
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.recordings.codecs import floats


def test_the_exponents_come_first() -> None:
    """1.0 is 3f800000 and -2.5 is c0200000 (IEEE 754)."""
    assert floats.shuffled(array("f", [1.0, -2.5])) == [b"\x3f\xc0", b"\x80\x20", bytes(4)]


@pytest.mark.parametrize("kind", ["f", "d"])
@given(bits=st.lists(st.binary(min_size=8, max_size=8)))
def test_every_bit_comes_back(kind: str, bits: list[bytes]) -> None:
    data = b"".join(bits)
    numbers = array(kind)
    numbers.frombytes(data)
    back = floats.unshuffled(kind, b"".join(floats.shuffled(numbers)))
    assert back.tobytes() == data


def test_numbers_are_little_endian_on_every_machine() -> None:
    (first, *_), *_ = [floats.unshuffled("f", b"\x3f\x80\0\0")]
    assert first == struct.unpack("<f", b"\0\0\x80\x3f")[0] == 1.0


def test_a_number_beyond_32_bits_is_infinite() -> None:
    assert floats.singles([1e300])[0] == math.inf
