"""Where the items of a debug log's lists stand in its file, found while the file goes by in chunks.

A log has all requests of a model first and then all responses, so a reader that wants pairs, but
not a file of gigabytes in memory, has to know where each begins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.errors import InputError
from iai_proxy.logs.json_scan import JsonScan, Span

#: How the names of a log's lists end; what stands before is the model.
SUFFIXES: Final = ("_requests", "_responses", "_request_timestamps", "_response_timestamps")

_INSIDE_BODY: Final = (b",", b"}", b"]")  # behind a brace that is not a body's last


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


class _Scan(JsonScan):
    """Finds the lists of a debug log."""

    def __init__(self, chunks: Iterable[bytes], *, carefully: bool) -> None:
        super().__init__(chunks)
        self._carefully = carefully

    def read(self, found: Lists) -> None:
        """Read the whole log.

        Raises:
            InputError: it is no JSON object of lists, or breaks off.
        """
        self._begin()
        for key in self._keys():
            self._member(key, found)
        self._end()

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

    def _list(self, spans: list[Span], *, has_bodies: bool) -> None:
        key = self._place
        self._expect(b"[")
        ends = self._body_or_string_end if has_bodies else None
        while not self._skip(b"]"):
            if spans:
                self._expect(b",")
            self._place = f"{key} item {len(spans) + 1}"
            spans.append(self._value(ends))
        self._place = key

    def _body_or_string_end(self) -> int:
        """Among bodies a string that begins like one is taken for one."""
        is_body = not self._carefully and self._byte(self._at + 1) == b"{"
        return self._body_end() if is_body else self._string_end()

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
