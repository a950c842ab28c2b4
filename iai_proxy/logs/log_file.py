"""A debug log as a file: its lists, and bodies read where they stand, without recurrent states.

These are 98 % of a log. They are cut out of a body before it is unescaped and parsed, compared with
others as text, and fetched again when a check looks at the numbers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from iai_proxy.api import RECURRENT, LazyBody, parse_json, parse_object
from iai_proxy.api.body import recurrent_span
from iai_proxy.errors import InputError
from iai_proxy.input_files import refuse_special
from iai_proxy.logs.json_scan import Span
from iai_proxy.logs.spans import Lists, find_lists

_CHUNK_BYTES: Final = 1 << 20
_SHOWN_BYTES: Final = 24
_SPACE: Final = " \t\n\r"


@dataclass(frozen=True, slots=True)
class BodySpan:
    """Where a body and its recurrent states stand; these are empty if they can't be cut out."""

    whole: Span
    recurrent: Span

    def __len__(self) -> int:
        """The number of bytes that the body takes in the log."""
        return self.whole.end - self.whole.start


class LogFile:
    """An open debug log. Safe to use from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def lists(self, *, carefully: bool = False) -> Lists:
        """Read the file from front to back for its lists (see :func:`find_lists`)."""
        self._stream.seek(0)
        chunks = iter(partial(self._stream.read, _CHUNK_BYTES), b"")
        return find_lists(chunks, carefully=carefully)

    def beginning(self) -> str:
        """Return the file's first words, to show them; empty if it has none."""
        text = self.raw(Span(0, _SHOWN_BYTES)).decode("utf-8-sig", "replace")
        return text.strip(_SPACE).partition("\n")[0].rstrip(_SPACE)

    def raw(self, span: Span) -> bytes:
        """Return what stands in the file."""
        with self._lock:
            self._stream.seek(span.start)
            return self._stream.read(span.end - span.start)

    def text(self, span: Span) -> bytes:
        """Return a body as JSON: the string's content, or the item itself if it is no string.

        Raises:
            ValueError: the string is damaged.
        """
        return _unescaped(self.raw(span))

    def cut(self, span: Span, likely: bytes = b"") -> tuple[BodySpan, LazyBody, bytes]:
        """Read a body and return where it stands, the body, and the text of its recurrent states.

        The text is empty where the recurrent states can't be cut out; the body then has them.

        Args:
            span: of the body.
            likely: what the recurrent states probably are. If they are, this object is returned.

        Raises:
            ValueError: the body is no JSON object.
        """
        data = self.raw(span)
        begin, end = recurrent_span(data, likely)
        place = BodySpan(span, Span(span.start + begin, span.start + end))
        if begin < end:
            try:
                body = self._lazy(place, data[:begin], data[end:])
            except ValueError:
                pass
            else:
                is_likely = len(likely) == end - begin and data.startswith(likely, begin)
                return place, body, likely if is_likely else data[begin:end]
        return (
            BodySpan(span, Span(span.start, span.start)),
            LazyBody(parse_object(_unescaped(data))),
            b"",
        )

    def body(self, place: BodySpan) -> LazyBody:
        """Return a body that was cut before.

        Raises:
            ValueError: the file was changed meanwhile.
        """
        whole, recurrent = place.whole, place.recurrent
        if recurrent.start == recurrent.end:
            return LazyBody(parse_object(self.text(whole)))
        head = self.raw(Span(whole.start, recurrent.start))
        return self._lazy(place, head, self.raw(Span(recurrent.end, whole.end)))

    def recurrent(self, place: BodySpan) -> Any:
        """Return the recurrent states that were cut out of a body.

        Raises:
            ValueError: they are no JSON.
        """
        return parse_json(self.raw(place.recurrent))

    def _lazy(self, place: BodySpan, head: bytes, tail: bytes) -> LazyBody:
        rest = parse_object(_unescaped(head + b"null" + tail))
        if RECURRENT not in rest:
            raise ValueError("the recurrent states were cut out in the wrong place")
        return LazyBody(rest, lambda: self._recurrent_or_none(place))

    def _recurrent_or_none(self, place: BodySpan) -> Any:
        try:
            return self.recurrent(place)
        except ValueError:  # the file was changed meanwhile
            return None


@contextmanager
def opened(path: Path) -> Iterator[LogFile]:
    """Open a debug log.

    Raises:
        InputError: it can't be read.
    """
    try:
        refuse_special(path)
        with path.open("rb") as stream:
            yield LogFile(stream)
    except OSError as error:
        raise InputError(
            f"can't read {path} ({error.strerror}): give the debug log of an SDK"
        ) from error


def _unescaped(data: bytes) -> bytes:
    if not data.startswith(b'"'):
        return data
    return str(parse_json(data)).encode("utf-8", "replace")  # there may be half a surrogate pair
