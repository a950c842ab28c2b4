"""A body whose recurrent states, 98 % of it, are parsed only when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, Self

import orjson

from iai_proxy.matching import parse_json

RECURRENT: Final = "recurrent_states"
_KEY: Final = b'"recurrent_states"'


class LazyBody(Mapping[str, Any]):
    """A JSON object.

    Args:
        rest: it, with anything in place of the recurrent states.
        fetch: gives the recurrent states; None where they stand in ``rest``.
    """

    def __init__(self, rest: dict[str, Any], fetch: Callable[[], Any] | None = None) -> None:
        self._rest = rest
        self._fetch = fetch

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return a body as it travelled; an empty object where it is none."""
        begin, end = _recurrent_in(data)
        if begin < end:
            try:
                value = orjson.loads(data[:begin] + b"null" + data[end:])
            except orjson.JSONDecodeError:
                value = None
            if isinstance(value, dict) and RECURRENT in value:
                text = data[begin:end]
                return cls(value, lambda: parse_json(text))
        try:
            value = parse_json(data)
        except ValueError:
            value = {}
        return cls(value if isinstance(value, dict) else {})

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


def _recurrent_in(data: bytes) -> tuple[int, int]:
    """Return where the recurrent states begin and end: a list of lists of numbers, so that the next quote is behind it.

    A wrong cut leaves no JSON.
    """
    key = data.find(_KEY)
    begin = data.find(b"[", key)
    if key < 0 or begin < 0 or data[key + len(_KEY) : begin].strip() != b":":
        return 0, 0
    quote = data.find(b'"', begin)
    end = data.rfind(b"]", begin, quote if quote >= 0 else len(data)) + 1
    return (begin, end) if end else (0, 0)
