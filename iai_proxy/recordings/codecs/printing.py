"""Doubles as text, in the ways in which programs print them: shortest, and laid out two ways.

What is stored is restored byte by byte, so these ways are part of the format. Both print the fewest
digits that give the double again:

* orjson's (and of programs that print as it does): plain from 0.00001 to below 1e16, else with a
  bare exponent, ``1e-6``;
* Python's ``json``, and nlohmann's for C++ but for a few numbers: plain from 0.0001, else with an
  exponent of two digits at least, ``1e-05``.

orjson itself does the work while it prints as described here; a version that does not is noticed.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from math import isfinite
from typing import Any, Final

import orjson

from iai_proxy.api.recurrent_text import rows_of as cut
from iai_proxy.recordings.codecs import floats

_SMALL: Final = b"0.0000"
_SMALL_ONES: Final = (b"0.0000", b"-0.0000")
#: More characters than any double has, as orjson prints it.
_LONGEST: Final = 32
_NUMBER: Final = re.compile(rb"[-+.0-9e]+")

#: A tuple: 0.0 and -0.0 are equal.
_SAMPLES: Final = (
    (0.0, b"0.0"),
    (-0.0, b"-0.0"),
    (0.1, b"0.1"),
    (-2.5, b"-2.5"),
    (1234567.0, b"1234567.0"),
    (0.30000001192092896, b"0.30000001192092896"),
    (0.0001, b"0.0001"),
    (0.00001, b"0.00001"),
    (-7.96374588389881e-05, b"-0.0000796374588389881"),
    (0.000001, b"1e-6"),
    (-1.5e-7, b"-1.5e-7"),
    (5e-324, b"5e-324"),
    (1e15, b"1000000000000000.0"),
    (1e16, b"1e16"),
    (1.7976931348623157e308, b"1.7976931348623157e308"),
)


def rows_text(rows: Sequence[Sequence[float]]) -> list[bytes]:
    """Return the text of each row of doubles, without white space, as orjson prints it."""
    return cut(text(rows)) or []  # in half the time that it takes row by row


def text(rows: Sequence[Sequence[float]]) -> bytes:
    """Return the text of all rows."""
    if not ORJSON_PRINTS_SO:
        return b"[" + b",".join(map(slow_row_text, rows)) + b"]"
    return _dump(rows)


def for_python(singles: array[float]) -> list[Any]:
    """Return 32-bit floats in the form in which :func:`pythons_text` takes them.

    Those that the two ways print differently are printed already.
    """
    numbers: list[Any] = singles.tolist()
    if ORJSON_PRINTS_SO:
        for place in floats.beyond_plain(singles):
            if numbers[place] and isfinite(numbers[place]):
                numbers[place] = orjson.Fragment(repr(numbers[place]))
    return numbers


def pythons_text(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return the text of all rows as Python's ``json`` prints them, without white space."""
    return orjson.dumps(rows) if ORJSON_PRINTS_SO else pythons(text(rows))


def slow_row_text(row: Sequence[float]) -> bytes:
    """Return what :func:`rows_text` does for a row, with nothing but Python's ``repr``."""
    return b"[" + b",".join(_laid_out(number) for number in row) + b"]"


def pythons(text: bytes) -> bytes:
    """Return rows, or a single one, as Python's ``json`` prints them, given as orjson does.

    Few numbers differ, so those are looked for, and the others are not looked at.
    """
    return _as_repr(_as_repr(text, b"e"), _SMALL)


def _as_repr(text: bytes, mark: bytes) -> bytes:
    """Print the numbers anew that have an exponent (``e``), or begin with ``0.0000``."""
    pieces: list[bytes] = []
    done, at = 0, text.find(mark)
    while at >= 0:
        near = max(done, at - _LONGEST)  # else each look goes through the whole row
        begin = max(text.rfind(b",", near, at), text.rfind(b"[", near, at), near - 1) + 1
        number = _NUMBER.match(text, begin)
        if number is None:  # what is printed here are numbers
            raise ValueError(f"no number: {text[begin : begin + 20]!r}")
        if mark != _SMALL or number[0].startswith(_SMALL_ONES):
            pieces += (text[done:begin], repr(float(number[0])).encode())
            done = number.end()
        at = text.find(mark, number.end())
    return b"".join([*pieces, text[done:]]) if pieces else text


def _laid_out(number: float) -> bytes:
    """Lay a number out as orjson does; only exponents differ from Python's ``repr``."""
    digits, _, exponent = repr(number).partition("e")
    if not exponent:
        return digits.encode()
    if exponent == "-05":
        sign = "-" * (number < 0)
        return f"{sign}0.0000{digits.lstrip('-').replace('.', '')}".encode()
    return f"{digits}e{int(exponent)}".encode()


def _dump(value: Any) -> bytes:
    text = orjson.dumps(value)
    return text.replace(b"e+", b"e") if b"+" in text else text  # as orjson writes it since 3.11.6


def _prints_as_described() -> bool:
    return all(_dump(number) == text for number, text in _SAMPLES)


#: Whether the installed orjson prints as described.
ORJSON_PRINTS_SO: Final = _prints_as_described()
