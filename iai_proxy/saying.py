"""Tells people things on standard error, where someone may have stopped reading.

What can't be said is dropped: no call fails, and no exit code changes, because the reader of a
pipe has left (``2>&1 | head``), a terminal was closed, or the disk behind standard error is full.

Secrets are not said: who knows some registers a function with :func:`hiding`, and whatever prints
what came from the wire passes it through :func:`hidden`.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TextIO

#: ``ValueError``: the stream is closed.
_CAN_NOT_BE_SAID: Final = (OSError, ValueError)

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
            print(f"iai-proxy: {hidden(text)}", file=sys.stderr, flush=True)


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
    """Text on standard error: also what logging and tracebacks write has no secrets in it."""

    def write(self, text: str, /) -> int:
        super().write(hidden(text))
        return len(text)


class _Dropping(io.FileIO):
    """A file that takes everything, and drops what it can't write."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data) or len(data)  # None: it would have to wait
        except OSError:
            return len(data)
