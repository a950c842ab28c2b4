"""Memory that large bodies took, given back to the system once no one works on them.

An allocator keeps what is freed in small pieces, some 90 % of a body that came in pieces: 220 MB
stay for an answer of 250 MB, and after thousands of calls of 8 clients 200 MB that no one uses.
Python's own cycles keep what belongs to a connection that has ended.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from contextlib import suppress
from typing import Final

#: Smaller bodies leave little behind.
_LARGE: Final = 16_000_000
#: How long after the last one, in seconds: its client may still be reading it.
_AFTER_S: Final = (1.0, 10.0, 60.0)


#: After so many bytes of bodies of any size, a thousand calls or so, what is free is given back.
_MANY: Final = 500_000_000


class UsedMemory:
    """Gives back what large bodies took, when none has come for a moment, and many small ones."""

    def __init__(self) -> None:
        self._due: list[float] = []
        self._passed = 0

    def add(self, size: int) -> None:
        """Take note of so many bytes of bodies."""
        self._passed += size
        if size >= _LARGE:
            now = time.monotonic()
            self._due = [now + after_s for after_s in _AFTER_S]

    def turn(self) -> float | None:
        """Give back what they took if it is time; return in how many seconds it is time again."""
        if self._due and self._due[0] <= time.monotonic():
            del self._due[0]
            give_back_cycles()
        elif self._passed >= _MANY:
            self._passed = 0
            give_back()
        return max(0.0, self._due[0] - time.monotonic()) if self._due else None


def give_back_cycles() -> None:
    """Give back what only cycles of Python's hold, too; it takes the interpreter 50 ms or so."""
    gc.collect()
    give_back()


def give_back() -> None:
    """Give memory that is not in use back to the system, while others go on."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # glibc has it, musl gives back by itself
            ctypes.CDLL(None).malloc_trim(0)
