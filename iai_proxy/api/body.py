"""A body whose recurrent states, 98 % of it, are parsed only when they are looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, Self

from iai_proxy.api.fields import RECURRENT
from iai_proxy.api.lenient_json import object_or_empty, parse_json

#: The key, before a list of lists or nulls. In a debug log a body is a JSON string: its quotes are
#: escaped.
_KEY: Final = re.compile(rf'"{RECURRENT}\\?"\s*:\s*(?=\[\s*[\[\]n])'.encode())


class LazyBody(Mapping[str, Any]):
    """A JSON object.

    Args:
        rest: the object, with anything in place of the recurrent states.
        fetch: gives the recurrent states, None if they can't be read. Without it they are taken
            from ``rest``.
    """

    def __init__(self, rest: dict[str, Any], fetch: Callable[[], Any] | None = None) -> None:
        self._rest = rest
        self._fetch = fetch

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return a body as it travelled; an empty object if it holds none.

        Its numbers are numbers, also NaN and Infinity.
        """
        begin, end = recurrent_span(data)
        if begin < end:
            rest = object_or_empty(data[:begin] + b"null" + data[end:])
            if RECURRENT in rest:
                return cls(rest, lambda: _parsed(data[begin:end]))
        return cls(object_or_empty(data))

    @classmethod
    def around(cls, head: bytes, tail: bytes, whole: Callable[[], bytes]) -> Self:
        """Return a body of which what is before and behind the recurrent states is known.

        Args:
            head: the bytes before them.
            tail: the bytes behind them.
            whole: gives the whole body, if they are looked at.
        """
        rest = object_or_empty(head + b"null" + tail)
        if RECURRENT in rest:
            return cls(rest, lambda: cls.of(whole()).get(RECURRENT))
        return cls.of(whole())

    def __getitem__(self, key: str) -> Any:
        """Return a member."""
        return self._recurrent if self._fetch and key == RECURRENT else self._rest[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the members' names."""
        return iter(self._rest)

    def __len__(self) -> int:
        """The number of members."""
        return len(self._rest)

    def whole(self) -> dict[str, Any]:
        """Return the object as a dictionary, all of it parsed."""
        return {name: self[name] for name in self._rest}

    def without_recurrent(self) -> dict[str, Any]:
        """Return the object without its recurrent states, which then need not be parsed."""
        return {name: value for name, value in self._rest.items() if name != RECURRENT}

    @cached_property
    def _recurrent(self) -> Any:
        return self._fetch() if self._fetch else None


def recurrent_span(data: bytes, likely: bytes = b"") -> tuple[int, int]:
    """Return where the recurrent states of a body begin and end, both 0 if that can't be seen.

    They are lists of numbers, so the next quote is the next key's, and the last bracket before it
    is theirs. A wrong cut shows when the rest is parsed: it is no JSON then, or lacks the key.

    Args:
        data: the body, or the JSON string that holds it.
        likely: what the recurrent states probably are, such as those of the body before.
    """
    key = _KEY.search(data)
    if key is None:
        return 0, 0
    begin = key.end()
    if likely and data.startswith(likely, begin):
        return begin, begin + len(likely)
    quote = data.find(b'"', begin)
    end = data.rfind(b"]", begin, quote if quote >= 0 else len(data)) + 1
    if not end or data.find(b"{", begin, end) >= 0:
        return 0, 0
    return begin, end


def _parsed(text: bytes) -> Any:
    try:
        return parse_json(text, float)
    except ValueError:  # a wrong cut leaves JSON around it, but what a client sends may be none
        return None
