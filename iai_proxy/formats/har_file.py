"""Where the entries of a HAR file stand, found while the file goes by in chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.api.bounds import MOST_BODY
from iai_proxy.errors import InputError
from iai_proxy.logs.json_scan import JsonScan, Span

#: Bytes of an entry: both bodies, and quotes and backslashes as JSON writes them.
LONGEST_ENTRY: Final = 2 * MOST_BODY
_WHITE: Final = b" \t\r\n"
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Entries:
    """The entries of a HAR file.

    Attributes:
        spans: where each stands; of a file that breaks off, the whole ones.
        are_there: whether the file has a list of entries at all.
        broken: where and how the text breaks off; None for a whole file.
    """

    spans: list[Span] = field(default_factory=list)
    are_there: bool = False
    broken: str | None = None


def looks_like_har(head: bytes) -> bool:
    """Whether a JSON file begins as a HAR file does: with an object named ``log``."""
    text = head.removeprefix(_BOM).lstrip(_WHITE)
    for part in (b"{", b'"log"', b":", b"{"):
        if not text.startswith(part):
            return False
        text = text.removeprefix(part).lstrip(_WHITE)
    return True


def find_entries(chunks: Iterable[bytes]) -> Entries:
    """Find where entries stand.

    Args:
        chunks: the file from its beginning, in pieces of any size.
    """
    found = Entries()
    try:
        _Scan(chunks, what="the file", longest=LONGEST_ENTRY).read(found)
    except InputError as error:
        found.broken = str(error)
    return found


class _Scan(JsonScan):
    """Finds the items of ``log.entries``."""

    def read(self, found: Entries) -> None:
        """Read the whole file.

        Raises:
            InputError: it is no JSON object, or breaks off.
        """
        self._begin()
        for _ in self._values_but("log", b"{"):
            for _ in self._values_but("entries", b"["):
                found.are_there = True
                self._entries(found.spans)
        self._end()

    def _values_but(self, name: str, opened: bytes) -> Iterator[None]:
        """Pass over the values of an object; yield where a name's list or object was opened."""
        for key in self._keys():
            if key == name and self._skip(opened):
                yield
            else:
                self._value()

    def _entries(self, spans: list[Span]) -> None:
        is_first = True
        while not self._skip(b"]"):
            if not is_first:
                self._expect(b",")
            is_first = False
            self._place = f"entry {len(spans) + 1}"
            spans.append(self._value())
        self._place = "log"
