"""Who produced which fingerprint.

There are as many fingerprints as agents times steps, a million in a recording of 10,000 calls. So
whatever is done for each is done by the interpreter's own loops: a source is one integer, and the
agents of a call that goes on with a whole answer as it is, which nearly all calls do, are one
range.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from iai_proxy.api.fingerprint import FRESH

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
        answers: the fingerprints of every answer, by index. They are taken note of when they are
            first asked for.
    """

    def __init__(self, answers: Sequence[array[int]]) -> None:
        self._answers = answers
        self._noted = 0
        self._rivals = False
        self._found: dict[int, Source | list[Source]] = {}

    def before(self, index: int, fingerprints: Iterable[int]) -> list[Source | list[Source] | None]:
        """Return for each fingerprint its producer, or a list of the latest where it has several.

        Args:
            index: only answers before this one count; never lower than in an earlier call.
            fingerprints: :data:`~iai_proxy.api.fingerprint.FRESH` has no producer.
        """
        for noted in range(self._noted, index):
            self._note(noted)
        self._noted = max(self._noted, index)
        found = list(map(self._found.get, fingerprints))
        if self._rivals:
            return [
                producers[-_LOOKED_AT:] if isinstance(producers, list) else producers
                for producers in found
            ]
        return found

    def _note(self, index: int) -> None:
        fingerprints = self._answers[index]
        sources = sources_of_answer(index, len(fingerprints))
        new = FRESH not in fingerprints and self._found.keys().isdisjoint(fingerprints)
        if new and len(set(fingerprints)) == len(fingerprints):
            self._found.update(zip(fingerprints, sources, strict=True))
            return
        for fingerprint, produced in zip(fingerprints, sources, strict=True):
            if fingerprint == FRESH:
                continue
            before = self._found.setdefault(fingerprint, produced)
            if isinstance(before, list):
                before.append(produced)
            elif before != produced:
                self._found[fingerprint] = [before, produced]
                self._rivals = True


def has_rivals(found: Sequence[Source | list[Source] | None]) -> bool:
    """Tell whether any agent has several producers."""
    return list in set(map(type, found))


class Answers:
    """Answers by all their fingerprints at once.

    Left out are answers that have a fingerprint in common with another, or one twice.

    Args:
        answers: the fingerprints of every answer, by index.
    """

    def __init__(self, answers: Sequence[array[int]]) -> None:
        self._answers = answers
        self._shared = _shared(answers)
        self._found: dict[bytes, int] = {}

    def add(self, index: int) -> None:
        """Let an answer be found from now on."""
        fingerprints = self._answers[index]
        if not self._shared or self._shared.isdisjoint(fingerprints):
            self._found[fingerprints.tobytes()] = index

    def of(self, fingerprints: array[int]) -> int | None:
        """Return the index of the answer that has exactly these fingerprints, in this order."""
        return self._found.get(fingerprints.tobytes())


def _shared(answers: Sequence[array[int]]) -> set[int]:
    """Fingerprints that may stand in several answers, or twice in one; all others stand once."""
    seen = {FRESH}
    shared: set[int] = set()
    for fingerprints in answers:
        before = len(seen)
        seen.update(fingerprints)
        if len(seen) < before + len(fingerprints):
            shared.update(fingerprints)
    return shared
