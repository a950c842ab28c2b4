"""Who produced which fingerprint.

There are as many fingerprints as agents times steps, a million in a recording of 10,000 calls. So
each takes a dozen bytes (:mod:`iai_proxy.lineage.fingerprint_table`), a source is one integer, and
the agents of a call that goes on with a whole answer as it is, which nearly all calls do, are one
range.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final, TypeVar

from iai_proxy.api.fingerprint import FRESH
from iai_proxy.lineage.fingerprint_table import FingerprintTable

_Value = TypeVar("_Value")

#: One agent of one answer: the index of an observation, and the position in its answer, packed into
#: one integer.
Source = int

#: Where each agent of a call comes from; None for newcomers. A range stands for a whole answer, in
#: its order.
Sources = Sequence[Source | None]

_POSITION_BITS: Final = 24
_POSITION_MASK: Final = (1 << _POSITION_BITS) - 1
#: How many producers of one fingerprint are looked at, from the latest on: a parked car stands
#: still for hours.
_LOOKED_AT: Final = 64


def source(index: int, position: int) -> Source:
    """Return the source that stands at a position of an observation's answer."""
    return index << _POSITION_BITS | position


def sources_of_answer(index: int, count: int) -> range:
    """Return all sources of an observation whose answer has ``count`` agents."""
    return range(source(index, 0), source(index, count))


def index_of(source: Source) -> int:
    """Return the index of the observation whose answer a source is in."""
    return source >> _POSITION_BITS


def position_of(source: Source) -> int:
    """Return the position in that answer."""
    return source & _POSITION_MASK


def indices_of(sources: Sources) -> set[int]:
    """Return the indices of all observations that agents come from."""
    if isinstance(sources, range):
        return {index_of(sources.start)} if sources else set()
    return {found >> _POSITION_BITS for found in sources if found is not None}


def picked(values: Mapping[int, Sequence[_Value]], sources: Iterable[Source]) -> list[_Value]:
    """Return what stands at each source, of values by index and position."""
    return [values[found >> _POSITION_BITS][found & _POSITION_MASK] for found in sources]


class Producers:
    """Who produced a fingerprint. Nearly all have one producer; only the others get a list.

    Args:
        answer: returns the fingerprints of an answer by its index. They are taken note of when they
            are first asked for.

    Attributes:
        shared: indices of answers that have a fingerprint in common with another, one twice, or an
            agent without any.
    """

    def __init__(self, answer: Callable[[int], array[int]]) -> None:
        self._answer = answer
        self._table = FingerprintTable()
        self._starts: list[int] = []
        self._rivals: dict[int, deque[Source]] = {}
        self.shared: set[int] = set()

    def before(self, index: int, fingerprints: Iterable[int]) -> list[Source | list[Source] | None]:
        """Return for each fingerprint its producer, or a list of the latest where it has several.

        Args:
            index: only answers before this one count; never lower than in an earlier call.
            fingerprints: :data:`~iai_proxy.api.fingerprint.FRESH` has no producer.
        """
        self.note(index)
        return list(map(self._of, fingerprints))

    def note(self, count: int) -> None:
        """Take note of as many answers, from the first on."""
        for index in range(len(self._starts), count):
            self._note(index)

    def _of(self, fingerprint: int) -> Source | list[Source] | None:
        if fingerprint in self._rivals:
            return list(self._rivals[fingerprint])
        place = self._table.place_of(fingerprint)
        return None if place is None else self._source_at(place)

    def _source_at(self, place: int) -> Source:
        index = bisect_right(self._starts, place) - 1
        return source(index, place - self._starts[index])

    def _note(self, index: int) -> None:
        fingerprints = self._answer(index)
        start = len(self._table)
        self._starts.append(start)
        for earlier, place in self._table.extend(fingerprints):
            first, rival = self._source_at(earlier), self._source_at(place)
            rivals = self._rivals.setdefault(
                fingerprints[place - start], deque([first], maxlen=_LOOKED_AT)
            )
            rivals.append(rival)
            self.shared.update((index_of(first), index))
        if FRESH in fingerprints:
            self.shared.add(index)


def has_rivals(found: Sequence[Source | list[Source] | None]) -> bool:
    """Tell whether any agent has several producers."""
    return list in set(map(type, found))


class Answers:
    """Answers by all their fingerprints at once.

    Left out are answers that have a fingerprint in common with another, or one twice.

    Args:
        answer: returns the fingerprints of an answer by its index.
        producers: of these fingerprints.
    """

    def __init__(self, answer: Callable[[int], array[int]], producers: Producers) -> None:
        self._answer = answer
        self._producers = producers
        self._found: dict[bytes, int] = {}

    def add(self, index: int) -> None:
        """Let an answer be found from now on; none is left out before it."""
        self._producers.note(index + 1)
        self._found[_digest(self._answer(index))] = index

    def of(self, fingerprints: array[int]) -> int | None:
        """Return the index of the answer that has exactly these fingerprints, in this order."""
        found = self._found.get(_digest(fingerprints))
        return None if found in self._producers.shared else found


def _digest(fingerprints: array[int]) -> bytes:
    return blake2b(fingerprints.tobytes(), digest_size=16).digest()
