"""The only place that prints: data on standard output, what people are told on standard error.

Text from outside is text: what a terminal would obey, or what turns the direction of a line, is
shown escaped, whoever wrote it. Only :class:`Coloured` lines keep their colours.

Someone may have stopped reading standard error.

What can't be said is dropped: no call fails, and no exit code changes, because the reader of a
pipe has left (``2>&1 | head``), a terminal was closed, or the disk behind standard error is full.

Secrets are not said: who knows some registers a function with :func:`hiding`, and whatever prints
what came from the wire passes it through :func:`hidden`.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TextIO, cast

from iai_proxy.text import one_line, visible

#: ``ValueError``: the stream is closed.
_CAN_NOT_BE_SAID: Final = (OSError, ValueError)
#: How a line begins that we say; none of others does.
_OURS: Final = "iai-proxy: "
_LIKE_OURS: Final = re.compile(f"^{_OURS}", re.MULTILINE)

Hide = Callable[[str], str]

_HIDING: Final[list[Hide]] = []


@contextmanager
def hiding(hide: Hide) -> Iterator[None]:
    """Have everything that is said while the block runs pass through a function.

    Args:
        hide: returns a text without the secrets it knows just then; called from any thread.
    """
    _HIDING.append(hide)
    try:
        yield
    finally:
        _HIDING.remove(hide)


def hidden(text: str) -> str:
    """Return a text as it may be printed: without the secrets that are known in this process."""
    for hide in tuple(_HIDING):
        text = hide(text)
    return text


def say(text: str) -> None:
    """Say a line on standard error, or drop it. Safe in any thread and hook."""
    if sys.stderr is not None:
        with suppress(*_CAN_NOT_BE_SAID):
            print(one_line(f"{_OURS}{hidden(text)}"), file=drawing(), flush=True)


class Coloured(str):
    """Text with the escape codes of colours, made of lines that were escaped before."""

    __slots__ = ()


def show(line: str) -> None:
    """Print a line of data on standard output. The end of a line within it is escaped as well.

    Raises:
        OSError: it can't be written; ``BrokenPipeError`` if no one reads it any more.
    """
    if not isinstance(line, Coloured):
        line = one_line(line)
    _print(line, sys.stdout)


def show_text(text: str) -> None:
    """Print lines that were put together already; the last one may have its end or not.

    Raises:
        OSError: they can't be written.
    """
    lines = text if isinstance(text, Coloured) else visible(text)
    _print(lines, sys.stdout, "" if lines.endswith("\n") else "\n")


def show_json(value: Any) -> None:
    """Print a value as JSON in ASCII: what can't be seen is escaped as JSON does it.

    Raises:
        OSError: it can't be written.
    """
    _print(json.dumps(value), sys.stdout)


def show_json_array(values: Iterable[Any]) -> None:
    """Print values as one JSON array, each on a line as soon as it is there.

    Raises:
        OSError: they can't be written.
    """
    before = "["
    for value in values:
        _print(f"{before}{json.dumps(value)}", sys.stdout, "")
        before = ",\n"
    _print("]" if before != "[" else "[]", sys.stdout)


def show_exactly(text: str, *, end: str = "\n") -> None:
    """Print what a program takes from standard output as it is: statements of a shell, a path.

    Nothing of it may come from the wire or from a file.

    Raises:
        OSError: it can't be written.
    """
    _print(text, sys.stdout, end)


def _print(text: str, stream: TextIO | None, end: str = "\n") -> None:
    if stream is not None:
        print(text, file=stream, end=end, flush=True)


def flush(stream: TextIO | None) -> None:
    """Write what a standard stream holds back, or drop it."""
    if stream is not None:
        with suppress(*_CAN_NOT_BE_SAID):
            stream.flush()


@contextmanager
def unread_is_dropped() -> Iterator[None]:
    """Drop whatever this process can't write to standard error while the block runs.

    It holds for what click, logging and tracebacks write as well, and leaves nothing to be flushed
    at the end: Python would end with exit code 120.
    """
    stream = sys.stderr
    try:
        descriptor = stream.fileno()
    except (AttributeError, *_CAN_NOT_BE_SAID):  # None, or no file
        yield
        return
    flush(stream)
    with _Hiding(
        io.BufferedWriter(_Dropping(descriptor, "w", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=True,
        write_through=True,
    ) as dropping:
        sys.stderr = dropping
        try:
            yield
        finally:
            sys.stderr = stream


class _Hiding(io.TextIOWrapper):
    """Standard error as logging, click and tracebacks write to it: text, and no line of ours."""

    def write(self, text: str, /) -> int:
        super().write(_LIKE_OURS.sub(f" {_OURS}", visible(hidden(text))))
        return len(text)

    def draw(self, text: str) -> int:
        return super().write(text)


class _Drawing:
    """Standard error for what is escaped already, or moves the cursor and is ours."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        draw = self._stream.draw if isinstance(self._stream, _Hiding) else self._stream.write
        return draw(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def drawing() -> TextIO:
    """Return standard error for a bar that shows progress: it is written as it is."""
    return cast(TextIO, _Drawing(sys.stderr))


class _Dropping(io.FileIO):
    """A file that takes everything, and drops what it can't write."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data) or len(data)  # None: it would have to wait
        except OSError:
            return len(data)
