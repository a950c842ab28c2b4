"""Whole numbers in few bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.errors import InputError
from iai_proxy.recordings.codecs import varints

NUMBERS = st.lists(st.integers(0, 2**40) | st.integers(0, 300))


@pytest.mark.parametrize(
    ("number", "data"), [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")]
)
def test_seven_bits_go_into_a_byte(number: int, data: bytes) -> None:
    """The examples are those of the Protocol Buffers documentation."""
    assert varints.write([number]) == data


@given(NUMBERS, st.binary(max_size=3))
def test_numbers_come_back_and_what_is_behind_them_too(numbers: list[int], more: bytes) -> None:
    reader = varints.Reader(varints.write(numbers) + more)
    assert [reader.next() for _ in numbers] == numbers
    assert reader.take(len(more)) == more


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 9, b"\xff" * 10_000])
def test_a_number_that_does_not_end_is_damage(data: bytes) -> None:
    with pytest.raises(InputError, match="damaged"):
        varints.Reader(data).next()


def test_nothing_is_taken_beyond_the_end() -> None:
    with pytest.raises(InputError, match="damaged"):
        varints.Reader(b"abc").take(4)
