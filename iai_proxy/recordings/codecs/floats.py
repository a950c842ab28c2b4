"""Floats as bytes that pack well: the first bytes of all, then the second bytes of all, and so on.

The byte with most of the exponent is nearly the same everywhere, and those of the fraction are
random; packed apart, each is coded as it should be.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from typing import Final

SINGLE: Final = "f"
DOUBLE: Final = "d"

#: Marks the last byte of 32-bit floats that are below 2**-13, or from 2**53 on. Zero is among them.
_BEYOND: Final = bytes(0x38 < byte & 0x7F < 0x5A for byte in range(256)).translate(
    bytes([1]) + bytes(255)
)

BYTES: Final = {SINGLE: 4, DOUBLE: 8}


def singles(numbers: list[float]) -> array[float]:
    """Return doubles rounded to 32 bits; those that are too large become infinite."""
    try:
        # In half the time that array() takes, which says nothing of those that are too large.
        return array(SINGLE, struct.pack(f"{len(numbers)}f", *numbers))
    except (struct.error, OverflowError):
        return array(SINGLE, numbers)


def beyond_plain(numbers: array[float]) -> Iterator[int]:
    """Yield the places of 32-bit floats that may be below 0.0001 or from 1e16 on."""
    marks = _little(numbers).tobytes()[3::4].translate(_BEYOND)
    place = marks.find(1)
    while place >= 0:
        yield place
        place = marks.find(1, place + 1)


def shuffled(numbers: array[float]) -> list[bytes]:
    """Return the bytes of floats in the order described: the exponents', the next, the rest."""
    data = _little(numbers).tobytes()
    planes = [data[place :: numbers.itemsize] for place in reversed(range(numbers.itemsize))]
    return [planes[0], planes[1], b"".join(planes[2:])]


def unshuffled(kind: str, data: bytes) -> array[float]:
    """Return floats from their bytes, which are a whole number of them."""
    width = BYTES[kind]
    count = len(data) // width
    ordered = bytearray(len(data))
    for number, place in enumerate(reversed(range(width))):
        ordered[place::width] = data[number * count : (number + 1) * count]
    numbers: array[float] = array(kind)
    numbers.frombytes(bytes(ordered))
    return _little(numbers)


def _little(numbers: array[float]) -> array[float]:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers
