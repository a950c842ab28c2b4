"""Parsing JSON as clients write it, which the standard does not always allow."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import accumulate
from math import isfinite
from typing import Any, Final

import orjson

#: Levels of lists and objects. Bodies have five; Python can compare and print a thousand at most.
DEEPEST: Final = 200
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
#: One that is not closed goes on to the end: none is gone through twice.
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
#: A longer text, in bytes, holds no body: 64 MB are 20,000 agents. Its value could take 2 GB.
LONGEST: Final = 64_000_000
#: Of an integer, with its sign, that is a double for certain.
_MOST_DIGITS: Final = 308


class NotFinite(str):
    """The name of a number that is not finite: ``NaN``, ``-Infinity`` or ``1e999``."""

    __slots__ = ()


def parse_json(
    text: bytes | str,
    not_finite: Callable[[str], float | NotFinite] = NotFinite,
    *,
    longest: int = LONGEST,
    deep: bool = False,
) -> Any:
    """Parse a JSON text, also with NaN or Infinity, which Python clients send.

    Args:
        text: to be parsed.
        not_finite: makes a value of the name of a number that is not finite; ``float`` gives the
            number. What is compared or written again needs :class:`NotFinite`: NaN is not equal to
            itself, and orjson would write all of them as ``null``.
        longest: how many bytes a text may have.
        deep: whether it may be nested so deeply that its value can't be compared.

    Raises:
        ValueError: the text is not JSON, or nested too deeply or too long to be read.
    """
    if len(text) > longest:
        raise ValueError(f"JSON of {len(text)} bytes is longer than any that is expected here")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return parse_exactly(text, not_finite, deep=deep)
    _refuse_deep(text, deep=deep)
    return value


def parse_exactly(
    text: bytes | str,
    not_finite: Callable[[str], float | NotFinite] = NotFinite,
    *,
    deep: bool = False,
) -> Any:
    """Parse a JSON text as :func:`parse_json` does, but integers of more than 64 bits as they are.

    Those beyond all doubles count as not finite. Slow: orjson, which rounds integers to a double,
    is ten times as fast.

    Raises:
        ValueError: the text is not JSON, or nested too deeply to be read.
    """
    _refuse_deep(text, deep=deep)
    try:
        return json.loads(
            text,
            parse_constant=not_finite,
            parse_float=lambda number: _finite(number, not_finite),
            parse_int=lambda number: _whole(number, not_finite),
        )
    except RecursionError as error:
        raise ValueError("JSON is nested too deeply") from error


def parse_object(text: bytes | str) -> dict[str, Any]:
    """Parse a JSON text that holds an object.

    Raises:
        ValueError: it does not, or is not JSON.
    """
    value = parse_json(text)
    if not isinstance(value, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - a fault of the text
    return value


def object_or_empty(text: bytes | str) -> dict[str, Any]:
    """Parse a JSON text that holds an object; an empty one if it does not, or is not JSON."""
    try:
        return parse_object(text)
    except ValueError:
        return {}


def list_or_empty(value: Any) -> list[Any]:
    """Return a JSON value that is a list; an empty list if it is not."""
    return value if isinstance(value, list) else []


def is_deep(text: bytes | str) -> bool:
    """Whether a JSON text is nested so deeply that its value can't be compared or written.

    Quick: hundreds of brackets in a string are the only reason to look for where strings are.
    """
    if len(text) < 2 * DEEPEST:
        return False
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return _nests(data) and _nests(_STRING.sub(b"", data))


def _nests(data: bytes) -> bool:
    """Whether brackets are nested deeply, those in strings too."""
    left = data.translate(None, _NO_BRACKETS)
    for _ in range(DEEPEST):  # each time the innermost go
        if not left:
            return False
        before, left = len(left), left.replace(b"[]", b"").replace(b"{}", b"")
        if len(left) == before:  # no JSON, or brackets in strings
            return _levels(left) > DEEPEST
    return bool(left)


def _levels(brackets: bytes) -> int:
    """Return how deep brackets go that don't match."""
    return max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets), default=0)


def _refuse_deep(text: bytes | str, *, deep: bool) -> None:
    if not deep and is_deep(text):
        raise ValueError("JSON is nested too deeply")


def _whole(text: str, not_finite: Callable[[str], float | NotFinite]) -> int | float | NotFinite:
    """Return an integer. Python reads none of more than 4300 digits, and no double is so large."""
    return int(text) if len(text) <= _MOST_DIGITS else _finite(text, not_finite)


def _finite(text: str, not_finite: Callable[[str], float | NotFinite]) -> float | NotFinite:
    number = float(text)
    return number if isfinite(number) else not_finite(text)
