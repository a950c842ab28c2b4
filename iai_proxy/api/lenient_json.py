"""Parsing JSON as clients write it, which the standard does not always allow."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isfinite
from typing import Any

import orjson


class NotFinite(str):
    """The name of a number that is not finite: ``NaN``, ``-Infinity`` or ``1e999``."""

    __slots__ = ()


def parse_json(
    text: bytes | str, not_finite: Callable[[str], float | NotFinite] = NotFinite
) -> Any:
    """Parse a JSON text, also with NaN or Infinity, which Python clients send.

    Args:
        text: to be parsed.
        not_finite: makes a value of the name of a number that is not finite; ``float`` gives the
            number. What is compared or written again needs :class:`NotFinite`: NaN is not equal to
            itself, and orjson would write all of them as ``null``.

    Raises:
        ValueError: the text is not JSON, or nested too deeply to be read.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    return parse_exactly(text, not_finite)


def parse_exactly(
    text: bytes | str, not_finite: Callable[[str], float | NotFinite] = NotFinite
) -> Any:
    """Parse a JSON text as :func:`parse_json` does, but integers of more than 64 bits as they are.

    Slow: orjson, which rounds them to a double, is ten times as fast.

    Raises:
        ValueError: the text is not JSON, or nested too deeply to be read.
    """
    try:
        return json.loads(
            text, parse_constant=not_finite, parse_float=lambda number: _finite(number, not_finite)
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


def _finite(text: str, not_finite: Callable[[str], float | NotFinite]) -> float | NotFinite:
    number = float(text)
    return number if isfinite(number) else not_finite(text)
