"""Which recorded answer a client will most likely be given next: the one after its last, by number.

Reading an answer takes a third of a call. While the client works on the one before, no one waits
for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Recorded calls further on than this are no client's next.
_FURTHEST: Final = 64


@dataclass(frozen=True, slots=True)
class _Last:
    """The last answer of a connection, and how many calls it is on from the one before."""

    number: int
    stride: int = 0
    is_even: bool = False  # the stride is that of the answer before


class ReadAhead:
    """Follows the numbers of the answers that each connection is given."""

    def __init__(self) -> None:
        self._last: dict[str, _Last] = {}

    def given(self, connection: str, number: int) -> None:
        """Learn which answer a connection has been given."""
        before = self._last.get(connection)
        if before is None:
            self._last[connection] = _Last(number)
        else:
            stride = number - before.number
            self._last[connection] = _Last(number, stride, is_even=stride == before.stride)

    def next_of(self, connection: str) -> int | None:
        """Return the likely number; None if the last few answers did not follow one another."""
        last = self._last.get(connection)
        if last is None or not last.is_even or not 0 < last.stride <= _FURTHEST:
            return None
        return last.number + last.stride

    def forget(self, connection: str) -> None:
        """Forget a connection."""
        self._last.pop(connection, None)
