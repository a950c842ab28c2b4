"""How each row of a body is stored: as a copy of one that was seen, as numbers, or as text."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from iai_proxy.api.recurrent_text import Split
from iai_proxy.recordings.codecs import floats, literals, printing
from iai_proxy.recordings.codecs.literals import Numbers, differences
from iai_proxy.recordings.codecs.referring import MOST_SOURCES
from iai_proxy.recordings.codecs.seen import Place, SeenRows
from iai_proxy.recordings.codecs.written import Change, Kind, Run, Written

#: Numbers of a copied row that may be written differently; if more are, it is printed anew.
MOST_CHANGES: Final = 8
_NULL: Final = b"null"


@dataclass(frozen=True, slots=True)
class Draft:
    """A body, ready to be stored.

    Attributes:
        written: what is stored.
        sources: the SHA-256 of the bodies that it refers to.
        otherwise: its rows as other programs would print them, where that differs; else empty.
        same: the SHA-256 of a body that has the same numbers in the same rows, if that is known.
    """

    written: Written
    sources: tuple[bytes, ...]
    otherwise: tuple[bytes, ...]
    same: bytes | None = None


class _Row(NamedTuple):
    kind: int
    first: int = 0
    numbers: array[float] | None = None
    changes: tuple[tuple[int, bytes], ...] = ()


def draft(cut: Split, seen: SeenRows) -> Draft | None:
    """Return how a body is stored; None if its rows are unusual, or of too many other bodies.

    Args:
        cut: the body.
        seen: where rows were seen.
    """
    rows = cut.rows()
    if not rows:
        return None
    places = [_exact(row, seen) for row in rows]
    own = [
        number
        for number, (row, place) in enumerate(zip(rows, places, strict=True))
        if place is None and row != _NULL
    ]
    try:
        read = dict(zip(own, literals.read([rows[number] for number in own]), strict=True))
    except ValueError:
        return None
    python = literals.printed_as_python(list(read.values()))
    chosen = _Chosen(seen, python=python)
    stored = [
        chosen.row(row, place, read.get(number))
        for number, (row, place) in enumerate(zip(rows, places, strict=True))
    ]
    if len(chosen.sources) > MOST_SOURCES:
        return None
    return Draft(
        _written(cut, rows, stored, python=python), tuple(chosen.sources), _otherwise(rows, read)
    )


def _exact(row: bytes, seen: SeenRows) -> Place | None:
    place = None if row == _NULL else seen.place(row)
    return place if place and place.exact else None


class _Chosen:
    """Chooses how a row is stored, and numbers the bodies that are referred to."""

    def __init__(self, seen: SeenRows, *, python: bool) -> None:
        self._seen = seen
        self._python = python
        self.sources: dict[bytes, int] = {}

    def row(self, text: bytes, place: Place | None, numbers: Numbers | None) -> _Row:
        if place is not None:
            return self._copy(Kind.COPIED, place)
        if text == _NULL:
            return _Row(Kind.NULL)
        if numbers is None:
            return _Row(Kind.TEXT)
        found = self._printed_differently(numbers)
        if found is not None:
            return found
        kept = literals.literal(numbers, python=self._python)
        width = len(kept.numbers) if kept.numbers is not None else 0
        return _Row(kept.kind, width, kept.numbers, kept.changes)

    def _printed_differently(self, numbers: Numbers) -> _Row | None:
        """Return a row that was seen with the same numbers, as another program prints them."""
        place = self._seen.place(numbers.plain)
        source = self._seen.source(place.digest) if place else None
        if place is None or source is None:
            return None
        changes = differences(source.rows[place.row], numbers.text, MOST_CHANGES)
        if changes is not None:
            return self._copy(Kind.COPIED, place, changes)
        printed = printing.pythons(numbers.plain) if self._python else numbers.plain
        changes = differences(printed, numbers.text)
        return None if changes is None else self._copy(Kind.PRINTED, place, changes)

    def _copy(self, kind: Kind, place: Place, changes: tuple[tuple[int, bytes], ...] = ()) -> _Row:
        source = self.sources.setdefault(place.digest, len(self.sources))
        return _Row(kind + 2 * source, place.row, None, changes)


def _written(cut: Split, rows: Sequence[bytes], stored: Sequence[_Row], *, python: bool) -> Written:
    return Written(
        head=cut.head,
        tail=cut.tail,
        python=python,
        spaced=b" " in cut.value,
        runs=tuple(_runs(stored)),
        texts=tuple(row for row, kept in zip(rows, stored, strict=True) if kept.kind == Kind.TEXT),
        singles=_joined(floats.SINGLE, stored),
        doubles=_joined(floats.DOUBLE, stored),
        changes=tuple(
            Change(number, column, text)
            for number, kept in enumerate(stored)
            for column, text in kept.changes
        ),
    )


def _runs(stored: Iterable[_Row]) -> Iterable[Run]:
    run: Run | None = None
    for row in stored:
        if run and run.kind == row.kind and row.first == _next(run):
            run = run._replace(rows=run.rows + 1)
            continue
        if run:
            yield run
        run = Run(row.kind, row.first, 1)
    if run:
        yield run


def _next(run: Run) -> int:
    """Return what ``first`` is of a row that continues a run."""
    return run.first + run.rows if run.kind >= Kind.COPIED else run.first


def _joined(kind: str, stored: Iterable[_Row]) -> array[float]:
    numbers: array[float] = array(kind)
    for row in stored:
        if row.numbers is not None and row.numbers.typecode == kind:
            numbers += row.numbers
    return numbers


def _otherwise(rows: Sequence[bytes], read: dict[int, Numbers | None]) -> tuple[bytes, ...]:
    plain = {number: row.plain for number, row in read.items() if row and row.plain != row.text}
    return tuple(plain.get(number, b"") for number in range(len(rows))) if plain else ()
