"""How a body is probably stored: a look at its first row tells. Unpacking shows if it is so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from iai_proxy.api.recurrent_text import Split, rows_of
from iai_proxy.recordings.codecs import floats, printing
from iai_proxy.recordings.codecs.drafting import MOST_CHANGES, Draft
from iai_proxy.recordings.codecs.literals import differences
from iai_proxy.recordings.codecs.restoring import printed_anew
from iai_proxy.recordings.codecs.seen import SeenRows
from iai_proxy.recordings.codecs.source import Source
from iai_proxy.recordings.codecs.written import ALL_COPIED, Change, Kind, Run, Written

#: Only Python prints it, not orjson. An ``e`` alone is found in a hundredth of the time.
_EXPONENT: Final = b"e"
_PYTHONS: Final = b"e-0"


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
        changes = () if value == cut.value else tuple(_changes(value, cut.value))
    except ValueError:
        return None
    run = Run(Kind.COPIED, 0, len(source.rows)) if changes else ALL_COPIED
    written = Written(cut.head, cut.tail, False, spaced, (run,), changes=changes)
    return Draft(written, (digest,), ())


def _changes(seen: bytes, value: bytes) -> Iterator[Change]:
    """Yield the few numbers that another program printed differently.

    Raises:
        ValueError: more than that differs.
    """
    # Cutting at brackets is all that 100 rows leave time for. With rows that are null it goes
    # wrong, which shows when the body is restored.
    pairs = zip(seen.split(b"]"), value.split(b"]"), strict=True)
    for number, (row, wanted) in enumerate(pairs):
        changes = () if row == wanted else differences(_row(row), _row(wanted), MOST_CHANGES)
        if changes is None:
            raise ValueError("another row")
        yield from (Change(number, column, text) for column, text in changes)


def _row(text: bytes) -> bytes:
    """Return a row from the text up to its closing bracket."""
    return b"[" + text.replace(b", ", b",").lstrip(b",[") + b"]"


def _new(cut: Split) -> Draft | None:
    try:
        values = cut.values
        width = len(values[0])
        if any(len(row) != width for row in values):
            return None
        singles = floats.singles(list(chain.from_iterable(values)))
    except (ValueError, TypeError, OverflowError, IndexError):  # no JSON, or no rows of numbers
        return None
    python = _EXPONENT in cut.value and _PYTHONS in cut.value
    runs = (Run(Kind.SINGLES, width, len(values)),)
    written = Written(cut.head, cut.tail, python, b" " in cut.value, runs, singles=singles)
    rows = cut.rows() if python else []
    return None if rows is None else Draft(written, (), tuple(_otherwise(rows, values)))


def _otherwise(rows: list[bytes], values: list[list[float]]) -> Iterator[bytes]:
    """Yield the rows that orjson would print differently."""
    for row, numbers in zip(rows, values, strict=False):
        yield printing.rows_text([numbers])[0] if _PYTHONS in row else b""
