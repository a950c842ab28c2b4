"""A body that others refer to."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final

from iai_proxy.api.recurrent_text import dense, rows_of, span
from iai_proxy.errors import InputError

#: A body with more rows is copied by none: a packer forgets it at once.
_MOST_ROWS: Final = 1 << 18


class Source:
    """What others may repeat of a body.

    Args:
        value: the recurrent states, without white space.
        rest: the body without them.
    """

    def __init__(self, value: bytes, rest: bytes) -> None:
        self._value = value
        self.rest = rest

    @property
    def value(self) -> bytes:
        """The recurrent states, without white space."""
        return self._value

    @cached_property
    def rows(self) -> list[bytes]:
        """The text of each agent's recurrent state, without white space."""
        return rows_of(self.value) or []

    @cached_property
    def spaced(self) -> bytes:
        """The recurrent states with a space after each comma."""
        return self.value.replace(b",", b", ")


#: Gives the body that has a SHA-256.
BodyOf = Callable[[bytes], bytes]
#: Gives what others may repeat of it.
SourceOf = Callable[[bytes], Source]


class _Body(Source):
    """A body as it is stored. Of one that is repeated, only what is needed is made."""

    @cached_property
    def value(self) -> bytes:
        value = dense(self._value)
        if not value or value.count(b"]") > _MOST_ROWS:
            raise InputError("a packed body is damaged: it copies rows that can't be seen")
        return value


def rest_of(body: bytes) -> bytes:
    """Return a body without its recurrent states."""
    begin, end = span(body)
    return body[:begin] + body[end:]


def source_of(body: bytes) -> Source:
    """Return what others may repeat of a body.

    Raises:
        InputError: it is no body that others refer to. The rows may raise it too.
    """
    begin, end = span(body)
    if begin == end:
        raise InputError("a packed body is damaged: it refers to one without recurrent states")
    return _Body(body[begin:end], body[:begin] + body[end:])
