"""Recurrent states as fingerprints, one a row, read only where their text has not been seen before.

A request sends back the rows of an answer. Who remembers the answer's text and fingerprints need
not parse the request's 15,000 numbers: their text is compared, row by row. A client may print with
a space after each comma where the service does not, in another order, or a subset; a row that it
prints in another way is parsed alone.
"""

from __future__ import annotations

import sys
from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from math import hypot
from typing import Any, Final

import orjson

from iai_proxy.api.fingerprint import FRESH, recurrent_fingerprint
from iai_proxy.api.lenient_json import list_or_empty

#: From here on not every whole number is a double.
_INEXACT: Final = 2.0**53
_NULL: Final = b"null"
_COMMA, _SPACE, _CLOSE = b", ]"

_MOST_BYTES: Final = 8_000_000
_MOST_TEXTS: Final = 32
#: How many rows that begin with the same number are compared.
_MOST_ALIKE: Final = 4


@dataclass(frozen=True, slots=True)
class RecurrentRows:
    """A list of recurrent states.

    Attributes:
        fingerprints: one for each row; :data:`~iai_proxy.api.fingerprint.FRESH` for null and zeros.
        fresh: which of the two those are: ``null``, or how many zeros. Ends each with a comma.
        origin: what was named as the origin of these very rows, in this order; None if unknown.
    """

    fingerprints: array[int]
    fresh: bytes = b""
    origin: Any = field(default=None, compare=False)

    @property
    def digest(self) -> bytes:
        """A hash, equal for equal rows however they are printed."""
        fingerprints = self.fingerprints
        if sys.byteorder == "big":
            fingerprints = fingerprints[:]
            fingerprints.byteswap()
        return blake2b(fingerprints.tobytes() + self.fresh, digest_size=32).digest()


def rows_of(recurrent: Any) -> RecurrentRows | None:
    """Return parsed recurrent states as fingerprints.

    None unless all of them are null or lists of numbers below 2**53, for which equal fingerprints
    mean equal values.
    """
    rows = list_or_empty(recurrent)
    fingerprints, fresh = array("Q"), []
    for row in rows:
        if row is None:
            fingerprints.append(FRESH)
            fresh.append(_NULL)
            continue
        if not isinstance(row, list) or bool in set(map(type, row)):
            return None
        read = _read(row)
        if read is None:
            return None
        fingerprints.append(read)
        if read == FRESH:
            fresh.append(b"%d" % len(row))
    return RecurrentRows(fingerprints, _joined(fresh)) if rows else None


def _read(row: Sequence[Any]) -> int | None:
    """Return the fingerprint of numbers; None where one is none, or too large."""
    try:
        size = hypot(*row)
    except (TypeError, OverflowError):
        return None
    if not size:
        return FRESH
    return recurrent_fingerprint(row) if size < _INEXACT else None


def _joined(fresh: Sequence[bytes]) -> bytes:
    return b"".join(entry + b"," for entry in fresh)


@dataclass(eq=False)
class _Text:
    """A list of recurrent states as text, and where its rows stand in it."""

    value: bytes
    begins: Sequence[int]
    ends: Sequence[int]
    fingerprints: Sequence[int]
    origin: Any
    is_spaced: bool

    @cached_property
    def starts(self) -> list[bytes]:
        """How each row begins, up to its first comma."""
        return [
            _start(self.value, begin, end)
            for begin, end in zip(self.begins, self.ends, strict=True)
        ]

    @cached_property
    def by_start(self) -> dict[bytes, list[int]]:
        """The indices of the rows that begin in some way, a few of them."""
        found: defaultdict[bytes, list[int]] = defaultdict(list)
        for index, start in enumerate(self.starts):
            if len(found[start]) < _MOST_ALIKE and self.fingerprints[index] != FRESH:
                found[start].append(index)
        return dict(found)

    def printed(self, index: int, *, spaced: bool) -> bytes:
        """Return the text of a row, with or without a space after each comma."""
        text = self.value[self.begins[index] : self.ends[index]]
        if spaced == self.is_spaced:
            return text
        return text.replace(b",", b", ") if spaced else text.replace(b", ", b",")


class KnownRows:
    """Remembers the text and fingerprints of recurrent states that it has seen lately.

    Args:
        most_bytes: how much text is remembered at most.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._texts: list[_Text] = []
        self._bytes = 0
        self._most_bytes = most_bytes

    def read(self, value: bytes) -> RecurrentRows | None:
        """Return the rows of a JSON list, parsing those that are not known.

        Args:
            value: the list's text, as :class:`~iai_proxy.api.recurrent_text.Split` has it.

        Returns:
            What :func:`rows_of` gives for the parsed list. None may be given for an unusual one.
        """
        walk = _Walk(self._texts, value)
        if walk.is_read and 2 * walk.parsed > len(walk.begins):  # it may be sent again
            self._remember(walk, walk.fingerprints, None)
        return walk.rows

    def read_new(self, value: bytes, origin: Any) -> RecurrentRows | None:
        """Return the rows of a JSON list as :meth:`read` does, but parse and remember all of them.

        Args:
            value: the list's text.
            origin: what to name as the origin of these rows when they are found again.
        """
        walk = _Walk((), value)
        if walk.is_read:
            self._remember(walk, walk.fingerprints, origin)
        return walk.rows

    def learn(self, value: bytes, fingerprints: array[int], origin: Any = None) -> bool:
        """Remember rows whose fingerprints are known; return whether they fit the text.

        Args:
            value: the list's text.
            fingerprints: of its rows, for which :func:`rows_of` must give something.
            origin: what to name as the origin of these rows when they are found again.
        """
        walk = _Walk((), value, fingerprints)
        if walk.is_read:
            self._remember(walk, fingerprints, origin)
        return walk.is_read

    def _remember(self, walk: _Walk, fingerprints: array[int], origin: Any) -> None:
        text = _Text(walk.value, walk.begins, walk.ends, fingerprints, origin, walk.is_spaced)
        self._texts.insert(0, text)
        self._bytes += len(text.value)
        while len(self._texts) > _MOST_TEXTS or self._bytes > self._most_bytes:
            self._bytes -= len(self._texts.pop().value)


class _Walk:
    """One way through the text of a list of rows.

    Attributes:
        is_read: whether it came to the end; nothing else counts if not.
        parsed: how many rows had to be parsed.
    """

    def __init__(
        self, known: Sequence[_Text], value: bytes, given: Sequence[int] | None = None
    ) -> None:
        self.value = value
        self.is_spaced = value.find(b", ", 0, 64) >= 0
        self.begins, self.ends = array("L"), array("L")
        self.fingerprints = array("Q")
        self.fresh: list[bytes] = []
        self.parsed = 0
        self._known = known
        self._given = given
        #: Where the next row is expected: the text and the index there.
        self._next: tuple[_Text, int] | None = (known[0], 0) if known else None
        self._is_in_order = bool(known)
        # Letters there are in null only: true is no number.
        is_usual = b"t" not in value and b"f" not in value
        self.is_read = is_usual and self._walk()

    @property
    def rows(self) -> RecurrentRows | None:
        """What was read; None if it could not be."""
        if not self.is_read:
            return None
        return RecurrentRows(self.fingerprints, _joined(self.fresh), self._origin)

    @property
    def _origin(self) -> Any:
        """What names the text that all rows are from, in its order."""
        if self._next is None or not self._is_in_order:
            return None
        text, index = self._next
        return text.origin if index == len(text.begins) else None

    def _walk(self) -> bool:
        value, last, position = self.value, len(self.value) - 1, 1
        while True:
            end = self._expected(position) or self._row(position)
            if end is None:
                return False
            self.begins.append(position)
            self.ends.append(end)
            follows = value[end]
            if follows == _CLOSE:
                return end == last and self._given in (None, self.fingerprints)
            if follows != _COMMA:
                return False
            position = end + 2 if value[end + 1] == _SPACE else end + 1

    def _expected(self, begin: int) -> int | None:
        """Take the expected row if it stands there, and return where it ends."""
        if self._next is None:
            return None
        text, index = self._next
        if index == len(text.begins) or not self.value.startswith(text.starts[index], begin):
            return None
        fingerprint = text.fingerprints[index]
        printed = text.printed(index, spaced=self.is_spaced)
        if fingerprint == FRESH or not self.value.startswith(printed, begin):
            return None
        self.fingerprints.append(fingerprint)
        self._next = text, index + 1
        return begin + len(printed)

    def _row(self, begin: int) -> int | None:
        """Read the row that begins there, and return where it ends; None if that can't be seen."""
        if self.value.startswith(_NULL, begin):
            self._add_fresh(_NULL)
            return begin + len(_NULL)
        end = self.value.find(b"]", begin, -1) + 1
        if not end or not self.value.startswith(b"[", begin):
            return None
        if self._given is not None:
            return self._take_given(begin, end)
        found = self._found(begin, end)
        if found is None:
            return self._parse(begin, end)
        self._place(found)
        return end

    def _found(self, begin: int, end: int) -> tuple[_Text, int] | None:
        start = _start(self.value, begin, end) if self._known else b""
        for text in self._known:
            for index in text.by_start.get(start, ()):
                printed = text.printed(index, spaced=self.is_spaced)
                if len(printed) == end - begin and self.value.startswith(printed, begin):
                    return text, index
        return None

    def _place(self, found: tuple[_Text, int]) -> None:
        text, index = found
        before = self._next if self.begins else (text, 0)
        self._is_in_order &= before is not None and before[0] is text and before[1] == index
        self._next = text, index + 1
        self.fingerprints.append(text.fingerprints[index])

    def _parse(self, begin: int, end: int) -> int | None:
        try:
            row = orjson.loads(self.value[begin:end])
        except orjson.JSONDecodeError:
            return None
        read = _read(row)
        if read is None:
            return None
        self.parsed += 1
        if read == FRESH:
            self._add_fresh(b"%d" % len(row))
        else:
            self._add_parsed(read)
        return end

    def _add_parsed(self, fingerprint: int) -> None:
        """Add a row that was parsed; it may be the expected one, printed in another way."""
        self.fingerprints.append(fingerprint)
        if self._next is not None:
            text, index = self._next
            if index < len(text.begins) and text.fingerprints[index] == fingerprint:
                self._next = text, index + 1
                return
        self._is_in_order = False

    def _take_given(self, begin: int, end: int) -> int | None:
        place = len(self.begins)
        if self._given is None or place >= len(self._given):
            return None
        self.fingerprints.append(self._given[place])
        return end

    def _add_fresh(self, entry: bytes) -> None:
        self._is_in_order = False
        self.fingerprints.append(FRESH)
        self.fresh.append(entry)


def _start(value: bytes, begin: int, end: int) -> bytes:
    comma = value.find(b",", begin, end)
    return value[begin : comma if comma >= 0 else end]
