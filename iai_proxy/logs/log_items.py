"""Requests and responses of a debug log, read where they stand in the file, without parsing recurrent states.

These are 98 % of a log. They are numbers and brackets, so they can be cut out of a body before it
is unescaped, held against others as text, and fetched again if somebody wants to see a number.
"""

from __future__ import annotations

import json
import re
import threading
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from iai_proxy.api import RECURRENT, parse_json, parse_object
from iai_proxy.api.body import LazyBody, recurrent_span
from iai_proxy.lineage.fingerprint import FRESH, recurrent_fingerprint
from iai_proxy.logs import Span

#: What Python writes e-05 others write e-5.
_EXPONENT: Final = re.compile(rb"e\+?(-?)0*")
_ROW: Final = re.compile(rb"null|\[[^\[\]]*\]")
#: What a recurrent state of zeros is made of.
_NOTHING: Final = b"[] 0.,-e+\r\n\t"
_LIKE_NOTHING: Final = (b"0.0,", b"0.0]", b"0,", b"0]", b"-0,", b"-0.0,", b"]", b" ", b"\n")
#: Fingerprints are positive and have 64 bits.
MARK_BITS: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Item:
    """Where a body stands, and its recurrent states within it; where these can't be cut out, they have no length."""

    span: Span
    recurrent: Span


class LogFile:
    """An open log. Safe to use from any thread.

    Args:
        stream: the file.

    Attributes:
        is_torn: whether recurrent states that were cut out as text turned out to be no JSON when
            somebody looked.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self.is_torn = False

    def at(self, span: Span) -> bytes:
        """Return what stands somewhere."""
        with self._lock:
            self._stream.seek(span.start)
            return self._stream.read(span.end - span.start)

    def text(self, span: Span) -> bytes:
        """Return a body as JSON: what the string holds, or, where it is none, what stands there.

        Raises:
            ValueError: it is no JSON string.
        """
        return _unescaped(self.at(span))

    def located(self, span: Span, likely: bytes = b"") -> tuple[Item, LazyBody, bytes]:
        """Find a body's recurrent states, and return it with their text, which is empty where they can't be cut out.

        Args:
            span: of the body.
            likely: what the recurrent states probably are.

        Raises:
            ValueError: it is no JSON object.
        """
        data = self.at(span)
        begin, end = recurrent_span(data, likely)
        item = Item(span, Span(span.start + begin, span.start + end))
        if begin < end:
            try:
                text = (
                    likely
                    if end - begin == len(likely) and data.startswith(likely, begin)
                    else data[begin:end]
                )
                return item, self._body(item, data[:begin], data[end:]), text
            except ValueError:
                pass
        whole = Item(span, Span(span.start, span.start))
        return whole, LazyBody(parse_object(_unescaped(data))), b""

    def body(self, item: Item) -> LazyBody:
        """Return a body that was located before.

        Raises:
            ValueError: the file was changed meanwhile.
        """
        if item.recurrent.start == item.recurrent.end:
            return LazyBody(parse_object(self.text(item.span)))
        head = self.at(Span(item.span.start, item.recurrent.start))
        return self._body(item, head, self.at(Span(item.recurrent.end, item.span.end)))

    def _body(self, item: Item, head: bytes, tail: bytes) -> LazyBody:
        rest = parse_object(_unescaped(head + b"null" + tail))
        if RECURRENT not in rest:
            raise ValueError
        return LazyBody(rest, lambda: self._recurrent(item))

    def _recurrent(self, item: Item) -> Any:
        try:
            return parse_json(self.at(item.recurrent))
        except ValueError:
            self.is_torn = True
            return None


def marks_of(text: bytes, rows: Any, *, exactly: bool) -> array[int]:
    """Return a number for each agent, equal for equal recurrent states, and 0 for one without.

    Args:
        text: the recurrent states, as they stand in the log; empty where they could not be cut out.
        rows: what they are, where they could not be.
        exactly: compare numbers, not their texts: some programs write 0.1 as 1e-1.

    Raises:
        ValueError: the text is no JSON; unless numbers are compared, nobody looks.
    """
    if exactly or not text:
        given = parse_json(text) if text else rows
        listed = (
            [row if isinstance(row, list) else [] for row in given]
            if isinstance(given, list)
            else []
        )
        if exactly or not listed:
            return array("Q", map(recurrent_fingerprint, listed))
        found: Sequence[bytes] = [json.dumps(row).encode() for row in listed]
    elif b"n" in text:  # there is a null
        found = _ROW.findall(text[1:-1])
    else:
        found = text.split(b"[")[2:]
    return array("Q", map(_mark, found))


def plain_rows(text: bytes) -> int:
    """Return how many recurrent states these are, 0 where one of them may be none: null, empty or zeros."""
    rows = text.split(b"[")[2:]
    return 0 if b"n" in text or any(row.startswith(_LIKE_NOTHING) for row in rows) else len(rows)


def _mark(row: bytes) -> int:
    row = row.strip(b"[] \r\n\t,")
    if row == b"null" or not row.strip(_NOTHING):
        return FRESH
    if b"e" in row:
        row = _EXPONENT.sub(rb"e\1", row)
    return hash(row) & MARK_BITS or 1


def _unescaped(data: bytes) -> bytes:
    if not data.startswith(b'"'):
        return data
    return str(parse_json(data)).encode("utf-8", "replace")
