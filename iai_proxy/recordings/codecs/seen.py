"""What a packer has seen lately, up to so many bytes: rows of agents, and the rest of requests."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from iai_proxy.recordings.codecs.source import Source

#: What a row takes in memory besides its text.
_ROW_BYTES: Final = 150


class Place(NamedTuple):
    """Where a row was seen: in which body, by its SHA-256, and its number there.

    It is written otherwise there if it is not ``exact``.
    """

    digest: bytes
    row: int
    exact: bool


class _Seen(NamedTuple):
    source: Source
    otherwise: Sequence[bytes]
    size: int


class SeenRows:
    """The rows of bodies that were seen lately.

    A body whose rows are asked for in order is known by its first row; the others are looked at
    only when a row is asked for that is none of those.

    Args:
        most: how many bytes to keep.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._sources: OrderedDict[bytes, _Seen] = OrderedDict()
        self._firsts: dict[bytes, bytes] = {}
        self._places: dict[bytes, Place] = {}
        self._not_placed: dict[bytes, None] = {}

    def __contains__(self, digest: bytes) -> bool:
        """Whether a body was seen."""
        return digest in self._sources

    def begins_with(self, row: bytes) -> bytes | None:
        """Return the SHA-256 of the last body that begins with a row."""
        return self._firsts.get(row)

    def place(self, row: bytes) -> Place | None:
        """Return where a row was seen last."""
        for digest in self._not_placed:
            self._place_rows(digest)
        self._not_placed.clear()
        return self._places.get(row)

    def source(self, digest: bytes) -> Source | None:
        """Return a body that was seen."""
        found = self._sources.get(digest)
        return found.source if found else None

    def add(self, digest: bytes, source: Source, otherwise: Sequence[bytes] = ()) -> None:
        """Take note of a body.

        Args:
            digest: its SHA-256.
            source: its rows.
            otherwise: the same rows as other programs print them, where that differs.
        """
        self._firsts.update(dict.fromkeys(_firsts(source, otherwise), digest))
        self._not_placed[digest] = None
        self._sources[digest] = _Seen(source, otherwise, _bytes(source))
        self._held += self._sources[digest].size
        while self._held > self._most:
            self._forget()

    def _place_rows(self, digest: bytes) -> None:
        source, otherwise, _ = self._sources[digest]
        for texts, exact in ((otherwise, False), (source.rows, True)):
            for number, text in enumerate(texts):
                if text:
                    self._places[text] = Place(digest, number, exact)

    def _forget(self) -> None:
        digest, (source, otherwise, size) = self._sources.popitem(last=False)
        self._held -= size
        for first in _firsts(source, otherwise):
            if self._firsts.get(first) == digest:
                del self._firsts[first]
        if digest in self._not_placed:
            del self._not_placed[digest]
            return
        for text in (*source.rows, *otherwise):
            place = self._places.get(text)
            if place is not None and place.digest == digest:
                del self._places[text]


class SeenRests:
    """Requests that others repeat most of: what they say of each agent tells which.

    Args:
        most: how many bytes to keep.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._rests: OrderedDict[bytes, tuple[Source, Sequence[bytes]]] = OrderedDict()
        self._by_mark: dict[bytes, bytes] = {}

    def __contains__(self, digest: bytes) -> bool:
        """Whether a request was seen."""
        return digest in self._rests

    def source(self, digest: bytes) -> Source | None:
        """Return a request that was seen."""
        found = self._rests.get(digest)
        return found[0] if found else None

    def most_alike(self, marks: Iterable[bytes]) -> bytes | None:
        """Return the request that shares most marks, by its SHA-256; None if none shares half."""
        marks = list(marks)
        votes = Counter(self._by_mark[mark] for mark in marks if mark in self._by_mark)
        for digest, count in votes.most_common(1):
            if 2 * count > len(marks):
                self._rests.move_to_end(digest)
                return digest
        return None

    def add(self, digest: bytes, rest: bytes, marks: Sequence[bytes]) -> None:
        """Take note of a request by the marks of its agents."""
        self._rests[digest] = Source(b"", rest), marks
        self._by_mark.update(dict.fromkeys(marks, digest))
        self._held += len(rest) + sum(map(len, marks))
        while self._held > self._most:
            self._forget()

    def _forget(self) -> None:
        digest, (source, marks) = self._rests.popitem(last=False)
        self._held -= len(source.rest) + sum(map(len, marks))
        for mark in marks:
            if self._by_mark.get(mark) == digest:
                del self._by_mark[mark]


def _firsts(source: Source, otherwise: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the first row in its forms."""
    return (*otherwise[:1], source.value[1 : source.value.find(b"]") + 1])


def _bytes(source: Source) -> int:
    """Return about how much memory a body takes once others referred to it."""
    rows, at = 0, source.value.find(b"]")
    while at >= 0:  # long rows are found in a fifth of the time that count() takes
        rows, at = rows + 1, source.value.find(b"]", at + 1)
    return 3 * len(source.value) + _ROW_BYTES * rows + len(source.rest)
