"""Where the items of a debug log's lists stand in its file, found while the file goes by in chunks.

A log has all requests of a model first and then all responses, so a reader that wants pairs, but
not a file of gigabytes in memory, has to know where each begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, NoReturn

import orjson

from iai_proxy.api.lenient_json import LONGEST
from iai_proxy.errors import InputError

#: How the names of a log's lists end; what stands before is the model.
SUFFIXES: Final = ("_requests", "_responses", "_request_timestamps", "_response_timestamps")

_WHITE: Final = re.compile(rb"[ \t\n\r]*")
#: What is passed over in one go: inside of a list or object, and of a number or word.
_INSIDE_VALUE: Final = re.compile(rb'[^]["{}]*')
_INSIDE_SCALAR: Final = re.compile(rb'[^],}" \t\n\r]*')
#: A log of half a million calls has as many in each of four lists.
_MOST_ITEMS: Final = 2_000_000
#: Characters of a name; ours have forty.
_LONGEST_KEY: Final = 1000
_BOM: Final = b"\xef\xbb\xbf"
_INSIDE_BODY: Final = (b",", b"}", b"]")  # behind a brace that is not a body's last
_BACKSLASH: Final = b"\\"[0]


class Span(NamedTuple):
    """A range of bytes in a file."""

    start: int
    end: int  # not included


@dataclass(slots=True)
class Lists:
    """The lists of a debug log.

    Attributes:
        items: by the list's name where each of its items stands, quotes included; of a list that
            breaks off, the whole ones.
        broken: where and how the text breaks off; None for a whole log.
        others: names that should be a list's but are not.
    """

    items: dict[str, list[Span]] = field(default_factory=dict)
    broken: str | None = None
    others: list[str] = field(default_factory=list)


def find_lists(chunks: Iterable[bytes], *, carefully: bool = False) -> Lists:
    """Find the lists of a log and where their items stand.

    Args:
        chunks: the file from its beginning, in pieces of any size.
        carefully: look at every quote. Takes several times as long, but otherwise a body that
            breaks off inside its string is taken for longer than it is, with the items behind it.
    """
    found = Lists()
    try:
        _Scan(chunks, carefully=carefully).read(found)
    except InputError as error:
        found.broken = str(error)
    return found


class _Scan:
    """Reads from front to back, and forgets what it has read."""

    def __init__(self, chunks: Iterable[bytes], *, carefully: bool) -> None:
        self._chunks = iter(chunks)
        self._carefully = carefully
        self._items = 0
        self._data = bytearray()  # to which much is added, and taken from its front
        self._base = 0  # of ``_data`` in the file
        self._at = 0  # in ``_data``
        self._place = "its beginning"

    def read(self, found: Lists) -> None:
        """Read the whole log.

        Raises:
            InputError: it is no JSON object of lists, or breaks off.
        """
        if self._byte(len(_BOM) - 1) and self._data.startswith(_BOM):
            self._at = len(_BOM)
        self._expect(b"{")
        is_first = True
        while not self._skip(b"}"):
            if not is_first:
                self._expect(b",")
            is_first = False
            self._member(self._key(), found)
        self._place = "the text behind it"
        if self._peek():
            self._break("nothing more")

    def _member(self, key: str, found: Lists) -> None:
        self._count_item()
        found.items.pop(key, None)  # of keys that are there twice the last counts
        is_ours = key.endswith(SUFFIXES)
        if self._peek() != b"[":
            self._value()
            if is_ours:
                found.others.append(key)
            return
        spans: list[Span] = []
        if is_ours:
            found.items[key] = spans
        has_bodies = is_ours and "drive" in key and not self._carefully
        self._list(spans, has_bodies=has_bodies)

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

    def _list(self, spans: list[Span], *, has_bodies: bool) -> None:
        key = self._place
        self._expect(b"[")
        while not self._skip(b"]"):
            if spans:
                self._expect(b",")
            self._place = f"{key} item {len(spans) + 1}"
            spans.append(self._value(has_bodies=has_bodies))
        self._place = key

    def _value(self, *, has_bodies: bool = False) -> Span:
        """Pass over a value; among bodies a string that begins like one is taken for one."""
        first = self._peek()
        start = self._base + self._at
        if first == b'"':
            may_be_body = has_bodies and not self._carefully
            is_body = may_be_body and self._byte(self._at + 1) == b"{"
            self._at = self._body_end() if is_body else self._string_end()
        elif first in (b"{", b"["):
            self._pass_nested()
        else:
            self._pass_scalar()
        span = Span(start, self._base + self._at)
        self._count_item()
        if span.end - span.start > LONGEST:
            self._break("an item that is shorter")
        return span

    def _count_item(self) -> None:
        self._items += 1
        if self._items > _MOST_ITEMS:
            self._break("the end: no run has so many calls that the log")

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

    def _body_end(self) -> int:
        """Return where the text goes on behind the string that begins here and holds a JSON object.

        Such a string has thousands of quotes, escaped, but few braces, and ends with a brace and
        perhaps white space. A string that begins like it but holds something else is taken for
        longer than it is, and can't be read then.
        """
        at = self._at
        while True:
            brace = self._seek(b"}", at)
            if brace < 0:  # from here on no body ends as one does, nor will the next
                self._carefully = True
                return self._string_end()
            behind = at = brace + 1
            if self._data.startswith(_INSIDE_BODY, at):
                continue
            while (byte := self._byte(behind)) in (b" ", b"\\"):
                if byte == b"\\" and self._byte(behind + 1) not in (b"n", b"r", b"t"):
                    break
                behind += 1 if byte == b" " else 2
            if byte == b'"':
                return behind + 1

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
            if at - self._at > LONGEST or not self._more():
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
            f"the log {how} at byte {at}, in {self._place}, where {expected} should be"
        )
