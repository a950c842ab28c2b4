"""How a body is probably stored: a look at its first row tells. Unpacking shows if it is so."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Final

import orjson

from iai_proxy.api.recurrent_text import Split, rows_of
from iai_proxy.recordings.codecs import floats, printing
from iai_proxy.recordings.codecs.drafting import MOST_CHANGES, Draft
from iai_proxy.recordings.codecs.literals import differences
from iai_proxy.recordings.codecs.restoring import printed_anew
from iai_proxy.recordings.codecs.seen import SeenRows
from iai_proxy.recordings.codecs.source import Source
from iai_proxy.recordings.codecs.written import ALL_COPIED, Change, Kind, Run, Written

#: Only Python prints it, not orjson.
_EXPONENT: Final = b"e"
_PYTHONS: Final = b"e-0"
_LETTERS: Final = frozenset(b"tf")


def guess(cut: Split, seen: SeenRows) -> Draft | None:
    """Return how a body is probably stored; None if it is neither of the two common ones.

    Either all its rows are those of one body, in order, as in a request that sends back an answer;
    or all its rows are new and of 32-bit floats, as in an answer.
    """
    for first in _first_row(cut.value):
        digest = seen.begins_with(first)
        source = seen.source(digest) if digest else None
        if digest and source:
            return _copied(cut, digest, source)
    # A request may have rows that were seen behind one that was not.
    return None if "location" in cut.rest else _new(cut)


def _first_row(value: bytes) -> Iterator[bytes]:
    """Yield the first row as it is, and as orjson prints it."""
    rows = rows_of(value[: value.find(b"]") + 1] + b"]")
    if rows:
        yield rows[0]
        try:
            yield printed_anew(rows[0], python=False)
        except (ValueError, TypeError):
            return


def _copied(cut: Split, digest: bytes, source: Source) -> Draft | None:
    spaced = b" " in cut.value
    value = source.spaced if spaced else source.value
    try:
        pairs = [] if value == cut.value else list(_different_rows(value, cut.value))
    except ValueError:
        return None
    changes: list[Change] = []
    for number, row, wanted in pairs:
        found = differences(row, wanted, MOST_CHANGES)
        if found is None:
            return None
        changes += (Change(number, column, text) for column, text in found)
    written = Written(cut.head, cut.tail, False, spaced, (ALL_COPIED,), changes=tuple(changes))
    same = all(_are_equal(row, wanted) for _, row, wanted in pairs)
    return Draft(written, (digest,), (), digest if same else None)


def _different_rows(seen: bytes, value: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the number and the two texts of each row that another program printed differently.

    Raises:
        ValueError: there are more rows, or fewer.
    """
    # Looking for brackets is all that 100 rows leave time for. With rows that are null it goes
    # wrong, which shows when the body is restored.
    number = begin = at = 0
    while end := seen.find(b"]", begin) + 1:
        row = seen[begin:end]
        stop = at + len(row)
        if not value.startswith(row, at):
            stop = value.find(b"]", at) + 1
            if not stop:
                raise ValueError("fewer rows")
            yield number, _row(row), _row(value[at:stop])
        number, begin, at = number + 1, end, stop
    if at != len(value):
        raise ValueError("more rows")


def _are_equal(row: bytes, other: bytes) -> bool:
    """Whether two rows hold the same numbers. One with true or false in it equals none."""
    try:
        return orjson.loads(row) == orjson.loads(other) and not set(other) & _LETTERS
    except ValueError:
        return False


def _row(text: bytes) -> bytes:
    """Return a row without white space, from the text up to its closing bracket."""
    return b"[" + text.replace(b", ", b",").lstrip(b",[")


def _new(cut: Split) -> Draft | None:
    numbers: list[float] = []
    try:
        values = cut.values
        width = len(values[0])
        if set(map(len, values)) != {width}:
            return None
        for row in values:
            numbers += row
        singles = floats.singles(numbers)
    except (ValueError, TypeError, OverflowError, IndexError):  # no JSON, or no rows of numbers
        return None
    python = _is_pythons(cut.value)
    runs = (Run(Kind.SINGLES, width, len(values)),)
    written = Written(cut.head, cut.tail, python, b" " in cut.value, runs, singles=singles)
    return Draft(written, (), _otherwise(values, singles, width) if python else ())


def _is_pythons(value: bytes) -> bool:
    """Return whether only Python prints some number so, and not orjson."""
    at = value.find(_EXPONENT)  # in a hundredth of the time that more than one byte takes
    while at >= 0:
        if value.startswith(_PYTHONS, at):
            return True
        at = value.find(_EXPONENT, at + 1)
    return False


def _otherwise(values: list[list[float]], singles: array[float], width: int) -> tuple[bytes, ...]:
    """Return the rows that orjson prints differently, and nothing for the others."""
    places = sorted({place // width for place in floats.beyond_plain(singles)})
    printed = printing.rows_text([values[place] for place in places])
    texts = [b""] * len(values)
    for place, text in zip(places, printed, strict=True):
        texts[place] = text
    return tuple(texts)
