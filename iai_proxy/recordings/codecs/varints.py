"""Whole numbers, 0 or more, in few bytes: seven bits in each, and one that says if more follow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.errors import InputError

_MORE: Final = 0x80
_LARGEST: Final = 1 << 40


def write(numbers: Iterable[int]) -> bytes:
    """Return numbers as bytes."""
    data = bytearray()
    for number in numbers:
        rest = number
        while rest >= _MORE:
            data.append(rest & 0x7F | _MORE)
            rest >>= 7
        data.append(rest)
    return bytes(data)


class Reader:
    """Reads numbers one after another.

    Args:
        data: as :func:`write` made it, perhaps with more behind it.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        #: Where the next number begins.
        self.position = 0

    def next(self) -> int:
        """Return the next number.

        Raises:
            InputError: there is none, or it is larger than any that is written.
        """
        number = shift = 0
        while self.position < len(self._data):
            byte = self._data[self.position]
            self.position += 1
            number |= (byte & 0x7F) << shift
            if byte < _MORE:
                return number
            shift += 7
            if number >= _LARGEST:
                break
        raise InputError("a packed body is damaged: a number in it is cut short")

    def take(self, length: int) -> bytes:
        """Return as many bytes as they are, and go on behind them.

        Raises:
            InputError: there are fewer.
        """
        begin, self.position = self.position, self.position + length
        if self.position > len(self._data):
            raise InputError("a packed body is damaged: it is cut short")
        return self._data[begin : self.position]
