"""Columns of whole numbers as text, small and quickly read by a browser.

All columns of a chunk go into one stream. A column's 32-bit numbers are written as four planes: all
lowest bytes, then the next ones, and so on; a ``delta`` column has the differences from the number
before (the first from 0). The stream is compressed with zlib (``deflate`` to browsers) and written
as base64.
"""

from __future__ import annotations

import base64
import zlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import sub
from typing import Literal

Coding = Literal["delta", "plain"]
#: Numbers beyond are cut off, so that a difference of two fits into 32 bits.
LIMIT = 2**30 - 1


class ColumnWriter:
    """Collects columns; ``layout`` and ``data`` say what is in it, and are it."""

    def __init__(self) -> None:
        self.layout: list[tuple[str, int, Coding]] = []
        self._compressor = zlib.compressobj(6)
        self._parts: list[bytes] = []

    def signed(self, name: str, numbers: Sequence[int]) -> None:
        """Append whole numbers within ``LIMIT``, as differences."""
        self._append(name, "delta", array("i", map(sub, numbers, chain((0,), numbers))))

    def unsigned(self, name: str, numbers: Iterable[int]) -> None:
        """Append whole numbers from 0 to 2^32 - 1, as they are."""
        self._append(name, "plain", array("I", numbers))

    def _append(self, name: str, coding: Coding, numbers: array[int]) -> None:
        self.layout.append((name, len(numbers), coding))
        raw = _little_endian(numbers)
        for plane in range(4):
            self._parts.append(self._compressor.compress(raw[plane::4]))

    def data(self) -> str:
        """Return all columns as base64; nothing may be appended afterwards."""
        self._parts.append(self._compressor.flush())
        return base64.b64encode(b"".join(self._parts)).decode()


def _little_endian(numbers: array[int]) -> bytes:
    import sys

    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
