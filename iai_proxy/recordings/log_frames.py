"""What a write-ahead log says of itself (SQLite's file format, section 4).

Each frame (a header, and a page) has the salts of the log's header, and a checksum over all frames
up to it. SQLite reads a log up to the first frame that is not so, and takes what follows for what
an earlier use of the file left there.
"""

from __future__ import annotations

import os
import sys
from array import array
from collections.abc import Iterator
from functools import lru_cache
from operator import mul
from typing import Final, NamedTuple

#: How long the log's header is, and each frame's.
LOG_HEADER: Final = 32
FRAME_HEADER: Final = 24
_MAGIC: Final = 0x377F0682  # its last bit: whether checksums are of big-endian numbers
_MASK: Final = (1 << 32) - 1
#: What a header's checksum is over, and what of a frame's header.
_PROVEN: Final = 24
_PROVEN_OF_FRAME: Final = 8


class LogHeader(NamedTuple):
    """The header of a log: page size in bytes, salts, checksum, the order of bytes in numbers."""

    page_size: int
    salts: bytes
    checksum: bytes
    byte_order: str


def log_header(descriptor: int) -> LogHeader | None:
    """Return the header of a log; None if it does not prove itself."""
    data = os.pread(descriptor, LOG_HEADER, 0)
    magic = int.from_bytes(data[:4], "big")
    if len(data) < LOG_HEADER or magic & ~1 != _MAGIC:
        return None
    byte_order = "big" if magic & 1 else "little"
    checksum = data[_PROVEN:]
    if _checksum(bytes(8), data[:_PROVEN], byte_order) != checksum:
        return None
    return LogHeader(int.from_bytes(data[8:12], "big"), data[16:24], checksum, byte_order)


def are_whole(descriptor: int, frames: int, salts: bytes, checksum: bytes) -> bool:
    """Whether the first frames of a log are as they were written: some 0.3 ms a frame.

    Args:
        descriptor: of the log.
        frames: how many.
        salts: of the log.
        checksum: of the last of them.
    """
    header = log_header(descriptor)
    if header is None or header.salts != salts:
        return False
    return last_checksum(descriptor, header, range(1, frames + 1), header.checksum) == checksum


def last_checksum(descriptor: int, header: LogHeader, frames: range, before: bytes) -> bytes | None:
    """Return the checksum of the last of some frames; None if they are not as they were written.

    Args:
        descriptor: of the log.
        header: of the log.
        frames: their numbers, from 1.
        before: the checksum of what is before them.
    """
    size = FRAME_HEADER + header.page_size
    for number in frames:
        frame = os.pread(descriptor, size, LOG_HEADER + (number - 1) * size)
        proven = frame[:_PROVEN_OF_FRAME] + frame[FRAME_HEADER:]
        if len(frame) < size or frame[8:16] != header.salts:
            return None
        before = _checksum(before, proven, header.byte_order)
        if frame[16:FRAME_HEADER] != before:
            return None
    return before


def commits_after(descriptor: int, frames: int, header: LogHeader) -> Iterator[int]:
    """Yield the frames behind the first so many that a transaction of this log ended with.

    Frames of one that never came to its end may be there at any time.
    """
    size = FRAME_HEADER + header.page_size
    for number in range(frames + 1, (os.fstat(descriptor).st_size - LOG_HEADER) // size + 1):
        frame = os.pread(descriptor, FRAME_HEADER, LOG_HEADER + (number - 1) * size)
        if frame[8:16] == header.salts and frame[4:8] != bytes(4):
            yield number


def _checksum(before: bytes, data: bytes, byte_order: str) -> bytes:
    """Return the checksum that goes on from another one.

    Each number x of data is added to one of two sums in turn, with the other sum. So each counts as
    often in the end as a Fibonacci number says.
    """
    words = array("I", data)
    if byte_order != sys.byteorder:
        words.byteswap()
    first, second = (int.from_bytes(part, "big") for part in (before[:4], before[4:]))
    numbers = array("I", (first, (second - first) & _MASK)) + words
    sums = (sum(map(mul, often, numbers)) for often in _fibonacci(len(numbers)))
    return b"".join((each & _MASK).to_bytes(4, "big") for each in sums)


@lru_cache(maxsize=4)
def _fibonacci(count: int) -> tuple[list[int], list[int]]:
    """Return so many Fibonacci numbers, the largest first: down to that of 0, and down to 1's."""
    numbers = [0, 1]
    while len(numbers) <= count:
        numbers.append((numbers[-1] + numbers[-2]) & _MASK)
    numbers.reverse()
    return numbers[1:], numbers[:-1]
