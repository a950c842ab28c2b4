"""Rows of numbers that no other body has: which floats they are, and how they are printed."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from iai_proxy.recordings.codecs import floats, printing
from iai_proxy.recordings.codecs.written import Kind

#: A row of which more is written differently is kept in another way.
_DIFFERENT_OF: Final = 4
#: Characters a number, with its comma, from which on doubles take less than packed text.
_LONG: Final = 15


@dataclass(frozen=True, slots=True)
class Numbers:
    """One row.

    Attributes:
        text: as it is in the body, without white space.
        doubles: its numbers.
        singles: the same rounded to 32 bits.
        printed: these as orjson prints them.
        plain: the numbers as orjson prints them.
    """

    text: bytes
    doubles: array[float]
    singles: array[float]
    printed: bytes
    plain: bytes


@dataclass(frozen=True, slots=True)
class Literal:
    """How a row is stored: ``changes`` are columns and texts."""

    kind: Kind
    numbers: array[float] | None = None
    changes: tuple[tuple[int, bytes], ...] = ()


def read(rows: Sequence[bytes]) -> list[Numbers | None]:
    """Return the numbers of rows; None for a row that has anything else.

    Raises:
        ValueError: the rows are no JSON.
    """
    values = orjson.loads(b"[" + b",".join(rows) + b"]")
    singles = [_singles(row) for row in values]
    printed = iter(printing.rows_text([row.tolist() for row in singles if row is not None]))
    return [
        None if single is None else _numbers(text, row, single, next(printed))
        for text, row, single in zip(rows, values, singles, strict=True)
    ]


def printed_as_python(rows: Sequence[Numbers | None]) -> bool:
    """Return whether rows are printed as Python does it, not as orjson does."""
    return any(
        row.text == printing.pythons(row.plain)
        for row in rows
        if row is not None and row.text != row.plain
    )


def literal(row: Numbers, *, python: bool) -> Literal:
    """Return how a row is stored in the fewest bytes."""
    ways = [(Kind.SINGLES, row.singles, row.printed)]
    if len(row.text) >= _LONG * len(row.doubles):
        ways.append((Kind.DOUBLES, row.doubles, row.plain))
    for kind, numbers, printed in ways:
        changes = differences(printing.pythons(printed) if python else printed, row.text)
        if changes is not None:
            return Literal(kind, numbers, changes)
    return Literal(Kind.TEXT)


def differences(
    printed: bytes, text: bytes, most: int | None = None
) -> tuple[tuple[int, bytes], ...] | None:
    """Return the numbers of a row that are written in another way, by column.

    Args:
        printed: the row as it would be restored.
        text: the row as it is.
        most: how many may differ; a quarter by default.

    Returns:
        None if more do.
    """
    if printed == text:
        return ()
    ours, theirs = printed[1:-1].split(b","), text[1:-1].split(b",")
    if len(ours) != len(theirs):
        return None
    pairs = enumerate(zip(ours, theirs, strict=True))
    changes = tuple((column, wanted) for column, (got, wanted) in pairs if got != wanted)
    return (
        changes if len(changes) <= (len(ours) // _DIFFERENT_OF if most is None else most) else None
    )


def _singles(values: Any) -> array[float] | None:
    try:
        return floats.singles(values)
    except (TypeError, OverflowError):  # no numbers, or one beyond all floats
        return None


def _numbers(text: bytes, values: list[float], singles: array[float], printed: bytes) -> Numbers:
    doubles = array(floats.DOUBLE, values)
    if printed == text:
        return Numbers(text, doubles, singles, text, text)
    (plain,) = printing.rows_text([doubles.tolist()])
    return Numbers(text, doubles, singles, printed, plain)
