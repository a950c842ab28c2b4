"""Which of the keys that headers told are searched for in every body: not all, of so many.

A key that is sent with every call must not give way to tokens that are used once. So those that
came with more than one call have places of their own; in both, what was met longest ago makes room.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

#: How many keys are searched for that came with one call, and how many that came with more.
_MOST: Final = 32


class LearntKeys:
    """The keys that are searched for."""

    def __init__(self) -> None:
        self._once: OrderedDict[str, int] = OrderedDict()  # and the call that each came with
        self._often: OrderedDict[str, None] = OrderedDict()

    def meet(self, key: str, call: int = 0) -> bool:
        """Take note of a key; return whether it was not searched for before.

        Args:
            key: a secret.
            call: the number of the call that it came with; 0 if that is not known yet.
        """
        if key in self._often:
            self._often.move_to_end(key)
            return False
        first = self._once.pop(key, None)
        if first and call and call != first:
            self._often[key] = None
            if len(self._often) > _MOST:
                older, _ = self._often.popitem(last=False)
                self._keep(older, 0, call)
        else:
            self._keep(key, first or call, call)
        return first is None

    def __iter__(self) -> Iterator[str]:
        yield from self._often
        yield from self._once

    def _keep(self, key: str, first: int, call: int) -> None:
        """Keep a key; others make room, but for those of the same call."""
        self._once[key] = first
        while len(self._once) > _MOST:
            oldest = next(iter(self._once))
            if call and self._once[oldest] == call:
                return
            del self._once[oldest]
