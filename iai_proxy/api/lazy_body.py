"""A body whose recurrent states, 98 % of it, are parsed only when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Self

from iai_proxy.api import RECURRENT, parse_apart, parse_json


class LazyBody(Mapping[str, Any]):
    """A JSON object.

    Args:
        rest: it, with anything in place of the recurrent states.
        fetch: gives the recurrent states, None where they can't be read; no function where they
            stand in ``rest``.
    """

    def __init__(self, rest: dict[str, Any], fetch: Callable[[], Any] | None = None) -> None:
        self._rest = rest
        self._fetch = fetch

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return a body as it travelled; an empty object where it is none."""
        try:
            value, text = parse_apart(data)
        except ValueError:
            return cls({})
        return cls(
            value if isinstance(value, dict) else {},
            (lambda: _parsed(text.tobytes())) if text else None,
        )

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


def _parsed(text: bytes) -> Any:
    try:
        return parse_json(text)
    except ValueError:  # a wrong cut leaves JSON around it, but what a client sends may be none
        return None
