"""Recurrent states as fingerprints, one a row."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from math import hypot
from typing import Any, Final

from iai_proxy.api.fingerprint import FRESH, recurrent_fingerprint, recurrent_fingerprints
from iai_proxy.api.lenient_json import list_or_empty

NULL: Final = b"null"
#: From here on not every whole number is a double.
_INEXACT: Final = 2.0**53


@dataclass(frozen=True, slots=True)
class RecurrentRows:
    """A list of recurrent states.

    Attributes:
        fingerprints: one for each row; :data:`~iai_proxy.api.fingerprint.FRESH` for null and zeros.
        fresh: which of the two those are: ``null``, or how many zeros. Ends each with a comma.
        origin: what was named as the origin of these very rows, in this order; None if unknown.
        are_answered: whether all but nulls are rows of texts with an origin, if that is known.
    """

    fingerprints: array[int]
    fresh: bytes = b""
    origin: Any = field(default=None, compare=False)
    are_answered: bool = field(default=False, compare=False)

    @property
    def nulls(self) -> int:
        """How many are null."""
        return self.fresh.count(NULL)

    @property
    def zeros(self) -> int:
        """How many are zeros only, or empty."""
        return self.fresh.count(b",") - self.nulls

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
    if any(bool in set(map(type, list_or_empty(row))) for row in rows):
        return None
    return rows_of_numbers(rows)


def rows_of_numbers(rows: Sequence[Any]) -> RecurrentRows | None:
    """Return rows without any true or false as fingerprints."""
    alike = _fingerprints(rows)
    if alike is not None and FRESH not in alike:
        return RecurrentRows(alike)
    fingerprints, fresh = array("Q"), []
    for row in rows:
        if row is None:
            fingerprints.append(FRESH)
            fresh.append(NULL)
            continue
        read = fingerprint_of(row) if isinstance(row, list) else None
        if read is None:
            return None
        fingerprints.append(read)
        if read == FRESH:
            fresh.append(b"%d" % len(row))
    return RecurrentRows(fingerprints, joined(fresh)) if rows else None


def _fingerprints(rows: Sequence[Any]) -> array[int] | None:
    """Return the fingerprints of rows of the same length, read at once; None of any others."""
    try:
        width = len(rows[0])
        if not width or set(map(len, rows)) != {width} or set(map(type, rows)) != {list}:
            return None
        numbers: list[Any] = []
        for row in rows:
            numbers += row
        return recurrent_fingerprints(numbers, width)
    except (struct.error, TypeError, IndexError, OverflowError):
        return None


def fingerprint_of(row: Sequence[Any]) -> int | None:
    """Return the fingerprint of numbers; None where one is none, or too large."""
    try:
        size = hypot(*row)
    except (TypeError, OverflowError):
        return None
    if not size:
        return FRESH
    return recurrent_fingerprint(row) if size < _INEXACT else None


def joined(fresh: Sequence[bytes]) -> bytes:
    """Return what :attr:`RecurrentRows.fresh` has for each null and each row of zeros."""
    return b"".join(entry + b"," for entry in fresh)
