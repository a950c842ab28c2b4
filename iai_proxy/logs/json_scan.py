"""Goes through a JSON file in chunks, and forgets what it has read, for where its items stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, NoReturn

import orjson

from iai_proxy.api.lenient_json import LONGEST
from iai_proxy.errors import InputError

_WHITE: Final = re.compile(rb"[ \t\n\r]*")
#: What is passed over in one go: inside of a list or object, and of a number or word.
_INSIDE_VALUE: Final = re.compile(rb'[^]["{}]*')
_INSIDE_SCALAR: Final = re.compile(rb'[^],}" \t\n\r]*')
#: A log of half a million calls has as many in each of four lists.
_MOST_ITEMS: Final = 2_000_000
#: Characters of a name; ours have forty.
_LONGEST_KEY: Final = 1000
#: Bytes that have been read and are not forgotten yet.
_MOST_READ: Final = 1 << 16
_BOM: Final = b"\xef\xbb\xbf"
_BACKSLASH: Final = b"\\"[0]


class Span(NamedTuple):
    """A range of bytes in a file."""

    start: int
    end: int  # not included


class JsonScan:
    """Reads a JSON object from front to back; what is in it is for a subclass to know.

    Args:
        chunks: the file from its beginning, in pieces of any size.
        what: it is, for messages.
        longest: bytes that an item may have.
    """

    def __init__(
        self, chunks: Iterable[bytes], *, what: str = "the log", longest: int = LONGEST
    ) -> None:
        self._chunks = iter(chunks)
        self._what = what
        self._longest = longest
        self._items = 0
        self._data = bytearray()  # to which much is added, and taken from its front
        self._base = 0  # of ``_data`` in the file
        self._at = 0  # in ``_data``
        self._place = "its beginning"

    def _begin(self) -> None:
        """Pass over a byte order mark and the brace that opens the file's object."""
        if self._byte(len(_BOM) - 1) and self._data.startswith(_BOM):
            self._at = len(_BOM)
        self._expect(b"{")

    def _keys(self) -> Iterator[str]:
        """Yield the keys of an object that has been opened; each value is to be passed over."""
        is_first = True
        while not self._skip(b"}"):
            if not is_first:
                self._expect(b",")
            is_first = False
            yield self._key()

    def _end(self) -> None:
        """Make sure that nothing stands behind the file's object."""
        self._place = "the text behind it"
        if self._peek():
            self._break("nothing more")

    def _key(self) -> str:
        if self._peek() != b'"':
            self._break("a key")
        start, self._at = self._at, self._string_end()
        if self._at - start > _LONGEST_KEY:
            self._break("a shorter key")
        try:
            self._place = str(orjson.loads(bytes(self._data[start : self._at])))
        except ValueError:
            self._break("a key")
        self._expect(b":")
        return self._place

    def _value(self, string_end: Callable[[], int] | None = None) -> Span:
        """Pass over a value, and return where it stands.

        Args:
            string_end: finds where a string ends, if there is a quicker way.
        """
        first = self._peek()
        start = self._base + self._at
        if first == b'"':
            self._at = (string_end or self._string_end)()
        elif first in (b"{", b"["):
            self._pass_nested()
        else:
            self._pass_scalar()
        span = Span(start, self._base + self._at)
        self._count_item()
        if span.end - span.start > self._longest:
            self._break("an item that is shorter")
        return span

    def _count_item(self) -> None:
        self._items += 1
        if self._items > _MOST_ITEMS:
            self._break(f"the end: no run has so many calls that {self._what}")

    def _string_end(self) -> int:
        """Return where the text goes on behind the string that begins here."""
        at = self._at + 1
        while True:
            quote = before = self._find(b'"', at)
            while self._data[before - 1] == _BACKSLASH:
                before -= 1
            at = quote + 1
            if (quote - before) % 2 == 0:
                return at

    def _pass_nested(self) -> None:
        depth = 0
        while True:
            byte = self._pass(_INSIDE_VALUE)
            if byte == b'"':
                self._at = self._string_end()
                continue
            if not byte:
                self._break("the value's end")
            depth += (byte in (b"{", b"[")) - (byte in (b"}", b"]"))
            self._at += 1
            if not depth:
                return

    def _pass_scalar(self) -> None:
        start = self._base + self._at
        self._pass(_INSIDE_SCALAR)
        if start == self._base + self._at:
            self._break("a value")

    def _expect(self, mark: bytes) -> None:
        if not self._skip(mark):
            self._break(f"'{mark.decode()}'")

    def _skip(self, mark: bytes) -> bool:
        if self._peek() != mark:
            return False
        self._at += 1
        return True

    def _peek(self) -> bytes:
        """Pass over white space and return the byte behind it, or nothing at the end."""
        return self._pass(_WHITE)

    def _pass(self, those: re.Pattern[bytes]) -> bytes:
        """Pass over some bytes and return the one behind them, or nothing at the end."""
        if self._at > _MOST_READ:
            self._forget()
        while True:
            found = those.match(self._data, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._data):
                return self._byte(self._at)
            self._forget()
            if not self._more():
                return b""

    def _forget(self) -> None:
        """Forget what was read; where the next item begins, nothing before it is needed."""
        self._base += self._at
        del self._data[: self._at]
        self._at = 0

    def _find(self, byte: bytes, at: int) -> int:
        found = self._seek(byte, at)
        if found < 0:
            self._at = len(self._data)
            self._break("the string's end")
        return found

    def _seek(self, byte: bytes, at: int) -> int:
        """Return where a byte comes next, -1 where it doesn't, or beyond what an item may have."""
        while (found := self._data.find(byte, at)) < 0:
            at = len(self._data)
            if at - self._at > self._longest or not self._more():
                return -1
        return found

    def _byte(self, at: int) -> bytes:
        while at >= len(self._data) and self._more():
            pass
        return bytes(self._data[at : at + 1])

    def _more(self) -> bool:
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._data += chunk
        return True

    def _break(self, expected: str) -> NoReturn:
        how = "is damaged" if self._byte(self._at) else "ends"
        at = self._base + self._at
        raise InputError(
            f"{self._what} {how} at byte {at}, in {self._place}, where {expected} should be"
        )
