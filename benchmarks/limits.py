"""How long a section may take: rounds end, and commands are left out, when its time is over."""

from __future__ import annotations

import time
from collections.abc import Iterator


class Limits:
    """What one section may do.

    Args:
        rounds: how many are enough.
        seconds: how long it may take; the first round is made in any case.
    """

    def __init__(self, rounds: int, seconds: float) -> None:
        self._rounds = rounds
        self._until = time.perf_counter() + seconds
        #: What was cut short, in sentences for the page.
        self.notes: list[str] = []

    @property
    def left_s(self) -> float:
        return max(0.0, self._until - time.perf_counter())

    def rounds(self) -> Iterator[int]:
        """Yield the numbers of rounds, as long as one more fits into the time that is left."""
        longest_s = 0.0
        for number in range(self._rounds):
            if number and longest_s > self.left_s:
                self.notes.append(
                    f"Cut short after {number} of {self._rounds} rounds: the time was over."
                )
                return
            begun = time.perf_counter()
            yield number
            longest_s = max(longest_s, time.perf_counter() - begun)
            print(f"  round {number + 1} took {time.perf_counter() - begun:.0f} s", flush=True)
