"""A JSON body read without its recurrent states' numbers, where their text is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iai_proxy.api.known_rows import KnownRows
from iai_proxy.api.recurrent_rows import RecurrentRows
from iai_proxy.api.recurrent_text import Split, split


@dataclass(frozen=True, slots=True)
class ReadBody:
    """A JSON object with recurrent states.

    Attributes:
        split: its text.
        rows: its recurrent states.
    """

    split: Split
    rows: RecurrentRows

    @property
    def rest(self) -> dict[str, Any]:
        """Its other members."""
        return self.split.rest

    @property
    def rest_text(self) -> bytes:
        """A JSON object with its other members only, apart from one that is null."""
        return self.split.head + b"null" + self.split.tail


def read_body(body: bytes, known: KnownRows, cut: Split | None = None) -> ReadBody | None:
    """Read a body, looking its recurrent states up.

    None if it has none, or is unusual and must be parsed as a whole.

    Args:
        body: decoded.
        known: the recurrent states that are looked up.
        cut: the body, if it has been cut already.
    """
    cut = cut or split(body)
    rows = known.read(cut.value) if cut else None
    return ReadBody(cut, rows) if cut and rows else None


def read_new_body(
    body: bytes, known: KnownRows, origin: Any, cut: Split | None = None
) -> ReadBody | None:
    """Read a body with new recurrent states, to be found again under ``origin``."""
    cut = cut or split(body)
    rows = known.read_new(cut, origin) if cut else None
    return ReadBody(cut, rows) if cut and rows else None
