"""Memory that large bodies took, given back to the system once no one works on them.

An allocator keeps what is freed in small pieces, some 90 % of a body that came in pieces: 220 MB
stay for an answer of 250 MB. Python's own cycles keep what belongs to a connection that has ended.
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


class LargeBodies:
    """Gives back what large bodies took, when none has come for a moment."""

    def __init__(self) -> None:
        self._due: list[float] = []

    def add(self, size: int) -> None:
        """Take note of so many bytes of bodies."""
        if size >= _LARGE:
            now = time.monotonic()
            self._due = [now + after_s for after_s in _AFTER_S]

    def turn(self) -> float | None:
        """Give back what they took if it is time; return in how many seconds it is time again."""
        if self._due and self._due[0] <= time.monotonic():
            del self._due[0]
            give_back()
        return max(0.0, self._due[0] - time.monotonic()) if self._due else None


def give_back() -> None:
    """Give memory that is not in use back to the system, as far as it takes it."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # glibc has it, musl gives back by itself
            ctypes.CDLL(None).malloc_trim(0)
