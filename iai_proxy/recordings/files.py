"""Telling a recording from a log, and files that appear complete or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from iai_proxy.errors import InputError, UsageError

#: What a recording begins with (SQLite's file format, section 1.3).
_MAGIC: Final = b"SQLite format 3\x00"


def is_recording(path: Path) -> bool:
    """Return whether a file is a recording, not a log, by its first bytes.

    Raises:
        InputError: it can't be read at all.
    """
    if path.is_dir():
        raise InputError(
            f"can't read {path} (Is a directory): neither a recording nor a debug log is in it"
        )
    try:
        with path.open("rb") as stream:
            head = stream.read(len(_MAGIC))
    except OSError as error:
        raise InputError(
            f"can't read {path} ({error.strerror}): give a recording or a debug log"
        ) from error
    if not head:
        raise InputError(f"{path} is empty: give a recording or a debug log")
    return head == _MAGIC


@contextmanager
def atomic_output(path: Path) -> Iterator[TextIO]:
    """Open a temporary file beside ``path``, and give it that name once the block has ended well.

    Raises:
        UsageError: it can't be written there.
    """
    with (
        atomic_binary_output(path) as stream,
        TextIOWrapper(stream, encoding="utf-8", newline="\n") as text,
    ):
        yield text


@contextmanager
def atomic_binary_output(path: Path) -> Iterator[BinaryIO]:
    """Do as :func:`atomic_output` does, with bytes."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(
            f"can't write {path} ({error.strerror}): choose another place with -o"
        ) from error
