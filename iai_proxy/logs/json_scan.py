"""A JSON object of lists, read item by item, so that of a file that was cut off every whole item is saved."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\n\r]*")


@dataclass(slots=True)
class Scan:
    """What could be read.

    ``values`` has each key's value; of a list that breaks off, the items before the break.
    ``problem`` says where and how the text breaks off, or is None where it is whole.
    """

    values: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None


class _BrokenError(Exception):
    """The text is no JSON from here on."""

    def __init__(self, at: int, place: str, expected: str) -> None:
        super().__init__(at, place, expected)
        self.at = at
        self.place = place
        self.expected = expected


def scan_object(text: str) -> Scan | None:
    """Read a JSON object as far as it goes.

    Args:
        text: an object whose values may be anything; only lists are saved in part.

    Returns:
        None where the text does not begin as an object.
    """
    at = _skip(text, 0)
    if not text.startswith("{", at):
        return None
    scan = Scan()
    try:
        end = _members(text, at + 1, scan.values)
        if end != len(text):
            scan.problem = (
                f"there is more text behind the log's end, at character {end}; it was not read"
            )
    except _BrokenError as broken:
        how = "the file ends" if broken.at >= len(text) else "the text is damaged"
        scan.problem = (
            f"{how} at character {min(broken.at, len(text))}, in {broken.place}, where {broken.expected} should be; "
            "what stands whole before it was read"
        )
    return scan


def _members(text: str, at: int, values: dict[str, Any]) -> int:
    """Read the members of an object into ``values``; return where the text goes on behind its closing brace."""
    place = "the log's beginning"
    at = _skip(text, at)
    if text.startswith("}", at):
        return _skip(text, at + 1)
    items: list[Any]
    while True:
        key, at = _value(text, _skip(text, at), place, "a key")
        if not isinstance(key, str):
            raise _BrokenError(at, place, "a key")
        place = key
        at = _skip(text, _expect(text, at, ":", place))
        if text.startswith("[", at):
            values[key] = items = []
            at = _items(text, at + 1, place, items)
        else:
            values[key], at = _value(text, at, place, "a value")
        at = _skip(text, at)
        if text.startswith("}", at):
            return _skip(text, at + 1)
        at = _expect(text, at, ",", place, "',' or '}'")


def _items(text: str, at: int, place: str, items: list[Any]) -> int:
    """Read the items of a list into ``items``; return where the text goes on behind its closing bracket."""
    at = _skip(text, at)
    if text.startswith("]", at):
        return at + 1
    while True:
        where = f"{place} item {len(items) + 1}"
        item, at = _value(text, _skip(text, at), where, "a value")
        at = _skip(text, at)
        if at == len(text) and isinstance(item, int | float):
            raise _BrokenError(at, where, "',' or ']'")  # the number may have had more digits
        items.append(item)
        if text.startswith("]", at):
            return at + 1
        at = _expect(text, at, ",", where, "',' or ']'")


def _value(text: str, at: int, place: str, expected: str) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (StopIteration, json.JSONDecodeError) as error:
        # A string that has no end is reported at its beginning, but it is the file's end that cuts
        # it off.
        unended = isinstance(error, json.JSONDecodeError) and error.msg.startswith(
            "Unterminated string"
        )
        stopped_at = len(text) if unended else getattr(error, "pos", at)
        raise _BrokenError(stopped_at, place, "the string's end" if unended else expected) from None
    except RecursionError:
        raise _BrokenError(at, place, "a value of reasonable depth") from None


def _expect(text: str, at: int, mark: str, place: str, expected: str = "") -> int:
    at = _skip(text, at)
    if not text.startswith(mark, at):
        raise _BrokenError(at, place, expected or f"'{mark}'")
    return at + 1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
