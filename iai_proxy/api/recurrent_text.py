"""The recurrent states of a body as text: found with certainty, and without parsing them.

They are 98 % of a body, and a request sends back what an answer gave. Who has seen a row's text
before need not read it again.

Why the cut is certain: a number that stands nowhere else in the body replaces the value, and the
rest is parsed. If that number is then the member of the body's object, the value stood where it
stands, whatever else the body holds: members of that name inside others, names in strings, the name
twice. Whatever can't be cut this way counts as unusual; callers then parse the whole body.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import orjson

from iai_proxy.api.fields import RECURRENT
from iai_proxy.api.lenient_json import is_deep

_NAME: Final = f'"{RECURRENT}"'.encode()
_WHITE: Final = b" \t\r\n"
#: An integer, which JSON can write in one way only.
_PLACEHOLDER: Final = 7_203_718_203_651
_PLACEHOLDER_TEXT: Final = str(_PLACEHOLDER).encode()
_NULL: Final = b"null"
_OPEN: Final = ord("[")
_COMMA: Final = ord(",")


@dataclass(frozen=True)
class Split:
    """A JSON object's text, cut at its recurrent states: ``head + value + tail`` is the body.

    The body is JSON if, and only if, the value is JSON by itself.

    Attributes:
        head: what comes before the value.
        value: begins with ``[`` and ends with ``]``; nothing else is known about it.
        tail: what comes after it.
        rest: the object's other members, parsed.
    """

    head: bytes
    value: bytes
    tail: bytes
    rest: dict[str, Any] = field(repr=False)

    @cached_property
    def values(self) -> Any:
        """The value, parsed once for all who need it. Not to be changed.

        Raises:
            ValueError: it is no JSON.
        """
        return orjson.loads(self.value)

    def rows(self) -> list[bytes] | None:
        """Return the text of each agent's row without white space: ``[0.5,1e-05]`` or ``null``.

        The value is JSON if, and only if, each of them is.

        Returns:
            The texts in the order of the agents; None if the value is no list of lists of values
            without brackets, or has white space elsewhere than a space after each comma.
        """
        return rows_of(self.value)


def split(body: bytes) -> Split | None:
    """Cut a body at its recurrent states; None if it has none, or is unusual in any way."""
    begin, end = span(body)
    if begin == end:
        return None
    head, tail = body[:begin], body[end:]
    if _PLACEHOLDER_TEXT in head or _PLACEHOLDER_TEXT in tail:
        return None
    text = head + _PLACEHOLDER_TEXT + tail
    try:
        rest = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(rest, dict) or is_deep(text):
        return None
    found = rest.pop(RECURRENT, None)
    if type(found) is not int or found != _PLACEHOLDER:  # 7.203718203651e12 is equal, but no int
        return None
    return Split(head, body[begin:end], tail, rest)


def span(body: bytes) -> tuple[int, int]:
    """Return where the value probably begins and ends; twice the same if it can't be seen.

    For a body that :func:`split` has cut before, that is certain.
    """
    # The next quote is that of the next member's name, and the last bracket before it the value's.
    name = body.find(_NAME)
    if name < 0:
        return 0, 0
    begin = _after_white(body, name + len(_NAME))
    if body[begin : begin + 1] != b":":
        return 0, 0
    begin = _after_white(body, begin + 1)
    if body[begin : begin + 1] != b"[":
        return 0, 0
    quote = body.find(b'"', begin)
    return begin, body.rfind(b"]", begin, quote if quote >= 0 else len(body)) + 1 or begin


def rows_of(value: bytes) -> list[bytes] | None:
    """Return the rows of a value's text, as :meth:`Split.rows` does."""
    text = dense(value)
    return None if text is None else _rows(text)


def _after_white(body: bytes, position: int) -> int:
    while body[position : position + 1] in _WHITE and position < len(body):
        position += 1
    return position


def dense(value: bytes) -> bytes | None:
    """Return a value without the space after each comma; None with white space anywhere else."""
    if any(white in value for white in (b"\n", b"\t", b"\r")):
        return None
    if b" " not in value:
        return value
    # A third of the time that replace() takes. Spaces must not just be dropped: [1 2] is no JSON,
    # [12] is.
    text = value.translate(None, b" ")
    return text if text.replace(b",", b", ") == value else None


def _rows(value: bytes) -> list[bytes] | None:
    """Return the rows of a value without white space, or None if it does not consist of rows."""
    if value == b"[]":
        return []
    rows, begin, last = [], 1, len(value) - 1
    while begin < last:
        if value[begin] == _OPEN:
            end = value.find(b"]", begin, last) + 1
            if not end or value.find(b"[", begin + 1, end) >= 0:
                return None
        elif value.startswith(_NULL, begin):
            end = begin + len(_NULL)
        else:
            return None
        rows.append(value[begin:end])
        if end == last:
            return rows
        if value[end] != _COMMA:
            return None
        begin = end + 1
    return None
