"""Recurrent states that are known by their text, and need not be parsed again.

A request sends back the rows of an answer. Who remembers the answer's text and fingerprints need
not parse the request's 15,000 numbers: their text is compared, row by row. A client may print with
a space after each comma where the service does not, in another order, or a subset; a row that it
prints in another way is parsed alone.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import orjson

from iai_proxy.api.fingerprint import FRESH
from iai_proxy.api.lenient_json import list_or_empty
from iai_proxy.api.recurrent_rows import (
    NULL,
    RecurrentRows,
    fingerprint_of,
    joined,
    rows_of_numbers,
)
from iai_proxy.api.recurrent_text import Split

_COMMA, _SPACE, _CLOSE = b", ]"
#: What stands between two rows, by its length.
_BETWEEN: Final = {1: b",", 2: b", "}

_MOST_BYTES: Final = 8_000_000
_MOST_TEXTS: Final = 32
#: How many rows that begin with the same number are compared.
_MOST_ALIKE: Final = 4


@dataclass(eq=False)
class _Text:
    """A list of recurrent states as text, with its fingerprints."""

    value: bytes
    fingerprints: array[int]
    origin: Any

    @cached_property
    def is_spaced(self) -> bool:
        """Whether there is a space after each comma."""
        return _is_spaced(self.value)

    @property
    def is_answer(self) -> bool:
        """Whether it was read under a name."""
        return self.origin is not None

    @cached_property
    def has_fresh(self) -> bool:
        """Whether any row is null or zeros."""
        return FRESH in self.fingerprints

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """Where each row begins and ends; none if that can't be seen."""
        return _places(self.value, len(self.fingerprints)) or []

    @cached_property
    def starts(self) -> list[bytes]:
        """How each row begins, up to its first comma."""
        return [_start(self.value, begin) for begin, _ in self.places]

    @cached_property
    def by_start(self) -> dict[bytes, list[int]]:
        """The indices of the rows that begin in some way, a few of them."""
        found: defaultdict[bytes, list[int]] = defaultdict(list)
        for index, (start, fingerprint) in enumerate(
            zip(self.starts, self.fingerprints, strict=False)
        ):
            alike = found[start]
            if fingerprint != FRESH and len(alike) < _MOST_ALIKE:
                alike.append(index)
        return found

    def is_printed_as(self, value: bytes) -> bool:
        """Whether a value is this one, but for a space after each comma. Not with null or zeros."""
        if not value.startswith(_start(self.value, 1), 1) or self.has_fresh:
            return False
        spaced = _is_spaced(value)
        if spaced == self.is_spaced:
            return value == self.value
        if spaced != (len(value) > len(self.value)):
            return False  # fewer rows, or more
        return value == (
            self.value.replace(b",", b", ") if spaced else self.value.replace(b", ", b",")
        )

    def rows(self, *, spaced: bool) -> list[bytes]:
        """Return the text of all rows, which takes a third of the time that each alone takes."""
        value = self.value
        if spaced != self.is_spaced:
            value = value.replace(b",", b", ") if spaced else value.replace(b", ", b",")
        places = _places(value, len(self.fingerprints)) or []
        return [value[begin:end] for begin, end in places]

    def printed(self, index: int, *, spaced: bool) -> bytes:
        """Return the text of a row, with or without a space after each comma."""
        begin, end = self.places[index]
        row = self.value[begin:end]
        if spaced == self.is_spaced:
            return row
        return row.replace(b",", b", ") if spaced else row.replace(b", ", b",")


class KnownRows:
    """Remembers the text and fingerprints of recurrent states that it has seen lately.

    Args:
        most_bytes: how much text is remembered at most.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._texts: list[_Text] = []
        self._bytes = 0
        self._most_bytes = most_bytes
        #: Whether clients print numbers as the service does; white space makes no difference.
        self._is_printed_alike = True

    def read(self, value: bytes) -> RecurrentRows | None:
        """Return the rows of a JSON list, parsing those that are not known.

        Args:
            value: the list's text, as :class:`~iai_proxy.api.recurrent_text.Split` has it.

        Returns:
            What :func:`~iai_proxy.api.recurrent_rows.rows_of` gives for the parsed list. None may
            be given for an unusual one.
        """
        if self._is_printed_alike:
            for text in self._texts:
                if text.is_printed_as(value):
                    return RecurrentRows(text.fingerprints, b"", text.origin, text.is_answer)
        walk = _Walk(self._texts, value)
        if walk.is_read and 2 * walk.parsed > len(walk.fingerprints):  # it may be sent again
            self.learn(value, walk.fingerprints)
        if walk.origin is not None and walk.parsed:
            self._is_printed_alike = False
        return walk.rows

    def rows_from(self, is_meant: Callable[[Any], bool]) -> RecurrentRows | None:
        """Return the rows that were read last under an origin, unless any is null or zeros.

        Args:
            is_meant: whether an origin is the one.
        """
        for text in self._texts:
            if text.is_answer and is_meant(text.origin):
                if text.has_fresh:
                    return None
                return RecurrentRows(text.fingerprints, b"", text.origin, are_answered=True)
        return None

    def read_new(self, cut: Split, origin: Any) -> RecurrentRows | None:
        """Return the rows of a body as :meth:`read` does, but parse and remember all of them.

        Args:
            cut: the body.
            origin: what to name as the origin of these rows when they are found again.
        """
        if not _is_usual(cut.value):
            return None
        try:
            rows = rows_of_numbers(list_or_empty(cut.values))
        except ValueError:
            return None
        if rows is not None:
            self.learn(cut.value, rows.fingerprints, origin)
        return rows

    def learn(self, value: bytes, fingerprints: array[int], origin: Any = None) -> None:
        """Remember rows whose fingerprints are known.

        Args:
            value: the list's text.
            fingerprints: of its rows. They must be all that there is to say of them, as
                :func:`~iai_proxy.api.recurrent_rows.rows_of` says.
            origin: what to name as the origin of these rows when they are found again.
        """
        self._texts.insert(0, _Text(value, fingerprints, origin))
        self._bytes += len(value)
        while len(self._texts) > _MOST_TEXTS or self._bytes > self._most_bytes:
            self._bytes -= len(self._texts.pop().value)


class _Walk:
    """One way through the text of a list of rows.

    Attributes:
        is_read: whether it came to the end; nothing else counts if not.
        parsed: how many rows had to be parsed.
    """

    def __init__(self, known: Sequence[_Text], value: bytes) -> None:
        self.value = value
        self.fingerprints = array("Q")
        self.fresh: list[bytes] = []
        self.parsed = 0
        self._is_spaced = _is_spaced(value)
        self._known = known
        #: Where the next row is expected: the text and the index there.
        self._next: tuple[_Text, int] | None = (known[0], 0) if known else None
        #: All rows of a text that begins as the list does, and is probably all of it.
        self._cut: tuple[_Text, list[bytes]] | None = None
        self._is_in_order = bool(known)
        self._are_answered = bool(known) and known[0].is_answer
        self.is_read = _is_usual(value) and self._walk()

    @property
    def rows(self) -> RecurrentRows | None:
        """What was read; None if it could not be."""
        if not self.is_read:
            return None
        fresh = joined(self.fresh)
        return RecurrentRows(self.fingerprints, fresh, self.origin, self._are_answered)

    @property
    def origin(self) -> Any:
        """What names the text that all rows are from, in its order."""
        if self._next is None or not self._is_in_order:
            return None
        text, index = self._next
        return text.origin if index == len(text.fingerprints) else None

    def _walk(self) -> bool:
        value, last, position = self.value, len(self.value) - 1, 1
        while True:
            start = _start(value, position)
            end = self._run(position, start) or self._found(position, start)
            if end is None:
                end = self._parse(position)
            if end is None:
                return False
            follows = value[end]
            if follows == _CLOSE:
                return end == last
            if follows != _COMMA:
                return False
            position = end + 2 if value[end + 1] == _SPACE else end + 1

    def _run(self, begin: int, start: bytes) -> int:
        """Take expected rows as long as they stand there; return where the last ends, or 0.

        Args:
            begin: where the first begins.
            start: how it does, which shows cheaply that it is another row.
        """
        if self._next is None:
            return 0
        text, first = self._next
        if self._start_of(text, first) != start:
            return 0
        if first == 0:
            self._cut = text, text.rows(spaced=self._is_spaced)
            if not self._cut[1]:
                return 0
        value, fingerprints = self.value, text.fingerprints
        gap = 2 if self._is_spaced else 1
        index, end, count = first, 0, len(fingerprints)
        while index < count and fingerprints[index] != FRESH:
            row = self._printed(text, index)
            if not value.startswith(row, begin):
                break
            end = begin + len(row)
            begin = end + gap
            index += 1
            if not value.startswith(_BETWEEN[gap], end):
                break
        self.fingerprints.extend(fingerprints[first:index])
        self._next = text, index
        return end

    def _printed(self, text: _Text, index: int) -> bytes:
        """Return the text of a known row as it stands in the list, if it does."""
        if self._cut is not None and self._cut[0] is text:
            return self._cut[1][index]
        return text.printed(index, spaced=self._is_spaced)

    def _start_of(self, text: _Text, index: int) -> bytes | None:
        """Return how a known row begins; None if there is none."""
        if self._cut is not None and self._cut[0] is text:
            row = self._cut[1][index] if index < len(self._cut[1]) else None
            return row and row.partition(b",")[0]
        if index == 0:
            return _start(text.value, 1)
        return text.starts[index] if index < len(text.starts) else None

    def _found(self, begin: int, start: bytes) -> int | None:
        """Take a row that is known, wherever it stood before, and return where it ends."""
        if self._next is not None:
            text, expected = self._next
            if self._start_of(text, expected) == start:
                return None  # it is most likely that row, printed in another way
        for text in self._known:
            for index in text.by_start.get(start, ()):
                row = text.printed(index, spaced=self._is_spaced)
                if self.value.startswith(row, begin):
                    self._place((text, index))
                    return begin + len(row)
        return None

    def _place(self, found: tuple[_Text, int]) -> None:
        text, index = found
        before = self._next if self.fingerprints else (text, 0)
        self._is_in_order &= before is not None and before[0] is text and before[1] == index
        self._are_answered &= text.is_answer
        self._next = text, index + 1
        self.fingerprints.append(text.fingerprints[index])

    def _parse(self, begin: int) -> int | None:
        """Parse a row, and return where it ends; None if it is no list of numbers or null."""
        if self.value.startswith(NULL, begin):
            self._add_fresh(NULL)
            return begin + len(NULL)
        end = self.value.find(b"]", begin, -1) + 1
        try:
            row = orjson.loads(self.value[begin:end])
        except orjson.JSONDecodeError:
            return None
        read = fingerprint_of(row) if isinstance(row, list) else None
        if read is None:
            return None
        self.parsed += 1
        if read == FRESH:
            self._add_fresh(b"%d" % len(row))
        else:
            self._add_parsed(read)
        return end

    def _add_parsed(self, fingerprint: int) -> None:
        """Add a row that was parsed; it may be a known one, printed in another way."""
        if self._next is not None:
            text, expected = self._next
            if fingerprint in text.fingerprints[expected : expected + 1]:
                self._place((text, expected))
                return
            if fingerprint in text.fingerprints:
                self._place((text, text.fingerprints.index(fingerprint)))
                return
        self._is_in_order = self._are_answered = False
        self.fingerprints.append(fingerprint)

    def _add_fresh(self, entry: bytes) -> None:
        self._is_in_order = False
        self.fingerprints.append(FRESH)
        self.fresh.append(entry)


def _places(value: bytes, count: int) -> list[tuple[int, int]] | None:
    """Return where each of as many rows begins and ends; None if they are not to be seen."""
    places, begin = [], 1
    for _ in range(count):
        if value.startswith(NULL, begin):
            end = begin + len(NULL)
        else:
            end = value.find(b"]", begin, -1) + 1
            if not end or value.rfind(b"[", begin, end) != begin:
                return None
        places.append((begin, end))
        if value[end] != _COMMA:
            break
        begin = end + 2 if value[end + 1] == _SPACE else end + 1
    return places if len(places) == count and end == len(value) - 1 else None


def _is_usual(value: bytes) -> bool:
    """Whether there are letters in null only: true is no number."""
    return b"t" not in value and b"f" not in value


def _is_spaced(value: bytes) -> bool:
    return value.find(b", ", 0, 64) >= 0


def _start(value: bytes, begin: int) -> bytes:
    """Return how a row begins, up to its first comma or the end of its only number."""
    return value[begin : value.find(b",", begin)]
