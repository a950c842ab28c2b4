"""What is stored of a body with recurrent states: the rest as text, and each agent's row.

A row is a copy of another body's, or numbers, or text. As bytes, ahead of packing::

    whole numbers (varints): printed as Python does 0|1, a space after commas 0|1, lengths of the
        four texts below; how many runs, and for each its kind, first and rows; how many
        exceptions, and for each how many rows further and the column
    head | tail | rows that are text, one a line | the exceptions' texts, by commas
    32-bit floats: exponents' bytes, next bytes, third, last | doubles likewise, eight bytes
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple

from iai_proxy.errors import InputError
from iai_proxy.recordings.codecs import floats, varints

#: A body of which more would have to be stored is stored in another way. One of 100 agents has a
#: hundred rows and a few of the others; what is below is never near the limits.
MOST_ROWS: Final = 1 << 20
MOST_RUNS: Final = 1 << 18
MOST_CHANGES: Final = 1 << 18

_LINE: Final = b"\n"  # in no row: rows have no white space
_COMMA: Final = b","


class Kind(IntEnum):
    """What consecutive rows are."""

    NULL = 0
    SINGLES = 1  # printed from 32-bit floats; ``first`` is how many a row has
    DOUBLES = 2  # printed from doubles
    TEXT = 3
    #: And two more for each source: row ``first`` and those after it, as they are in the source.
    COPIED = 4
    #: The same, read and printed anew.
    PRINTED = 5


class Run(NamedTuple):
    """Consecutive rows of one kind; ``rows`` is 0 for all rows of a source."""

    kind: int
    first: int
    rows: int


#: All rows of the first source, as they are.
ALL_COPIED: Final = Run(Kind.COPIED, 0, 0)


class Change(NamedTuple):
    """A number that is not written as the rest would have it; ``column`` is its place in a row."""

    row: int
    column: int
    text: bytes


class Cut(NamedTuple):
    """What a body has before and behind its recurrent states."""

    head: bytes
    tail: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """A body with recurrent states, as it is stored.

    Attributes:
        head: the body up to them.
        tail: what comes after them.
        python: whether floats are printed as Python's ``json`` does, not as orjson does.
        spaced: whether a space follows each comma.
        runs: the rows, in order.
        texts: rows that are stored as text.
        singles: the numbers of rows that are stored as 32-bit floats.
        doubles: the numbers of rows that are stored as doubles.
        changes: by row.
    """

    head: bytes
    tail: bytes
    python: bool
    spaced: bool
    runs: tuple[Run, ...]
    texts: tuple[bytes, ...] = ()
    singles: array[float] = field(default_factory=lambda: array(floats.SINGLE))
    doubles: array[float] = field(default_factory=lambda: array(floats.DOUBLE))
    changes: tuple[Change, ...] = ()


def to_parts(written: Written) -> list[bytes]:
    """Return a body as bytes, in parts that should be packed apart."""
    texts = _LINE.join(written.texts)
    changed = _COMMA.join(change.text for change in written.changes)
    numbers = [
        written.python,
        written.spaced,
        *map(len, (written.head, written.tail, texts, changed)),
        len(written.runs),
        *(number for run in written.runs for number in run),
        len(written.changes),
        *_places(written.changes),
    ]
    return [
        b"".join([varints.write(numbers), written.head, written.tail, texts, changed]),
        *floats.shuffled(written.singles),
        *floats.shuffled(written.doubles),
    ]


def can_be_stored(written: Written) -> bool:
    """Whether a body is within the limits that are checked when it is read."""
    return (
        len(written.runs) <= MOST_RUNS
        and len(written.changes) <= MOST_CHANGES
        and sum(run.rows for run in written.runs) <= MOST_ROWS
    )


def from_bytes(content: bytes, size: int) -> Written:
    """Return a body from its parts, joined.

    Args:
        content: the parts.
        size: of the body, in bytes. What can't make a body of that size is not read.

    Raises:
        InputError: they are damaged.
    """
    numbers = varints.Reader(content)
    python, spaced, *lengths = (numbers.next() for _ in range(6))
    runs = tuple(_run(numbers) for _ in range(_at_most(numbers.next(), MOST_RUNS)))
    places = list(_read_places(numbers))
    _at_most(sum(run.rows for run in runs), MOST_ROWS)
    _at_most(sum(lengths), size)
    floats_there = _count(runs, Kind.SINGLES) + _count(runs, Kind.DOUBLES)
    _at_most(floats_there, size)  # a number takes two characters at least, with its comma
    texts = [numbers.take(length) for length in lengths]
    singles = numbers.take(floats.BYTES[floats.SINGLE] * _count(runs, Kind.SINGLES))
    doubles = numbers.take(floats.BYTES[floats.DOUBLE] * _count(runs, Kind.DOUBLES))
    changed = texts[3].split(_COMMA) if places else []
    if numbers.position != len(content) or len(changed) != len(places):
        raise InputError("a packed body is damaged: its parts do not have the lengths it says")
    return Written(
        head=texts[0],
        tail=texts[1],
        python=bool(python),
        spaced=bool(spaced),
        runs=runs,
        texts=tuple(texts[2].split(_LINE)) if texts[2] else (),
        singles=floats.unshuffled(floats.SINGLE, singles),
        doubles=floats.unshuffled(floats.DOUBLE, doubles),
        changes=tuple(
            Change(row, column, text) for (row, column), text in zip(places, changed, strict=True)
        ),
    )


def cut_from_bytes(content: bytes) -> Cut:
    """Return only what a body has around its recurrent states.

    Raises:
        InputError: the parts are damaged.
    """
    numbers = varints.Reader(content)
    _, _, head, tail, *_ = (numbers.next() for _ in range(6))
    for _ in range(_at_most(numbers.next(), MOST_RUNS)):
        _run(numbers)
    deque(_read_places(numbers), maxlen=0)
    return Cut(numbers.take(head), numbers.take(tail))


def _at_most(count: int, most: int) -> int:
    """Return a count, unless it is beyond what any body has."""
    if count > most:
        raise InputError("a packed body is damaged: it says that it holds more than it can")
    return count


def _count(runs: Iterable[Run], kind: Kind) -> int:
    return sum(run.first * run.rows for run in runs if run.kind == kind)


def _run(numbers: varints.Reader) -> Run:
    return Run(numbers.next(), numbers.next(), numbers.next())


def _places(changes: Iterable[Change]) -> Iterable[int]:
    before = 0
    for change in changes:
        yield from (change.row - before, change.column)
        before = change.row


def _read_places(numbers: varints.Reader) -> Iterable[tuple[int, int]]:
    row = 0
    for _ in range(_at_most(numbers.next(), MOST_CHANGES)):
        row += numbers.next()
        yield row, numbers.next()
