"""Where fingerprints stand in one long list of them, in about 16 bytes for each.

A dictionary of a million fingerprints takes 150 MB; here they are two arrays: the fingerprints in
their order, and a hash table of their places. Fingerprints are hashes, so some of their bits say
where in the table to look.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Final

from iai_proxy.api.fingerprint import FRESH

_FIRST_SLOTS: Final = 1 << 10
#: By how much the table grows when three quarters of it are taken.
_GROWTH: Final = 2


class FingerprintTable:
    """A list of fingerprints that knows where each stands first.

    :data:`~iai_proxy.api.fingerprint.FRESH` takes a place in it, and is never found.
    """

    def __init__(self) -> None:
        self._all = array("Q")
        self._slots = _empty(_FIRST_SLOTS)  # each a place and one more; 0 is free

    def __len__(self) -> int:
        """How many there are, each as often as it stands there."""
        return len(self._all)

    def place_of(self, fingerprint: int) -> int | None:
        """Return where a fingerprint stands first; None if it does not."""
        everything, slots, mask = self._all, self._slots, len(self._slots) - 1
        slot = fingerprint & mask
        while place := slots[slot]:
            if everything[place - 1] == fingerprint:
                return place - 1
            slot = (slot + 1) & mask
        return None

    def extend(self, fingerprints: Sequence[int]) -> list[tuple[int, int]]:
        """Add fingerprints; return (first place, place) of those that were there before."""
        place = len(self._all)
        self._all.extend(fingerprints)
        if 4 * len(self._all) > 3 * len(self._slots):
            self._slots = _empty(_roomy(len(self._slots), len(self._all)))
            list(self._enter(0, place))
        return list(self._enter(place, len(self._all)))

    def _enter(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        everything, slots, mask = self._all, self._slots, len(self._slots) - 1
        for place, fingerprint in enumerate(everything[begin:end], start=begin + 1):
            if fingerprint == FRESH:
                continue
            slot = fingerprint & mask
            while there := slots[slot]:
                if everything[there - 1] == fingerprint:
                    yield there - 1, place - 1
                    break
                slot = (slot + 1) & mask
            else:
                slots[slot] = place


def _roomy(slots: int, count: int) -> int:
    while 4 * count > 3 * slots:
        slots *= _GROWTH
    return slots


def _empty(slots: int) -> array[int]:
    return array("I", bytes(array("I").itemsize * slots))
