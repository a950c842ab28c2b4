"""Telling a recording from a log, and files that appear complete or not at all."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from secrets import token_hex
from shutil import copymode
from typing import BinaryIO, Final, TextIO

from iai_proxy.errors import InputError, UsageError
from iai_proxy.input_files import refuse_special
from iai_proxy.private_files import private
from iai_proxy.recordings.descriptors import close_beside, open_beside

#: What a recording begins with (SQLite's file format, section 1.3).
_MAGIC: Final = b"SQLite format 3\x00"
#: What the calls begin with that a recording holds beside it (SQLite's file format, section 4.1).
_WAL_MAGICS: Final = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_STREAM: Final = re.compile(r"/dev/(stdin|stdout|stderr|fd/\d+)|/proc/(self|\d+)/fd/\d+")
#: How much of an output's name its temporary file takes over: names end at 255 bytes.
NAME_TAKEN_OVER: Final = 50


def is_recording(path: Path, other: str = "debug log") -> bool:
    """Return whether a file is a recording, not a log, by its first bytes.

    Args:
        path: the file.
        other: what may be given instead of a recording, for messages.

    Raises:
        InputError: it can't be read at all.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder: give a recording or a {other}")
    try:
        refuse_special(path)
        head = _head(path)
    except OSError as error:
        raise InputError(
            f"can't read {path} ({error.strerror}): give a recording or a {other}"
        ) from error
    if not head:
        refuse_emptied(path)
        raise InputError(f"{path} is empty: give a recording or a {other}")
    return head == _MAGIC


def log_of(path: Path) -> Path:
    """Return where calls of a recording are that are not folded into its file yet."""
    return path.with_name(f"{path.name}-wal")


def bytes_of(path: Path) -> int:
    """Return how large a recording is, together with its log; 0 if there is none."""
    return _size(path) + _size(log_of(path))


def has_log(path: Path) -> bool:
    """Return whether a recording needs the log beside it."""
    return _size(log_of(path)) > 0


def what_is_left(path: Path) -> str | None:
    """Say what is left of a recording that was emptied or deleted while it was written, if so."""
    if path.is_dir() or _size(path) or not has_log(path):
        return None
    log = log_of(path)
    if not _head(log).startswith(_WAL_MAGICS):
        return None
    what = "is empty" if path.exists() else "is gone"
    return f"{path} {what}, but calls of it are in {log.name}"


def refuse_emptied(path: Path) -> None:
    """Make sure that a recording was not emptied or deleted while it was written.

    Raises:
        InputError: it was, and calls of it are left. SQLite would delete them.
    """
    if left := what_is_left(path):
        raise InputError(
            f"{left}: `iai-proxy verify {path} --salvage OUT` saves them; if you do not want them, "
            "delete that"
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def refuse_to_replace(path: Path, *, inputs: Iterable[Path] = (), option: str = "-o") -> None:
    """Make sure that an output can be written and replaces nothing that is still needed.

    Writing checks this itself; a command asks before the work is done.

    Args:
        path: the output.
        inputs: what the output is made from.
        option: names the output.

    Raises:
        UsageError: it is a recording, an input, a folder or a link, or there is no folder for it.
    """
    if _is_link(path):
        raise UsageError(_is_a_link(path, option))
    if not path.is_file() or _is_stream(path):
        reason = _why_unwritable(path)
        if reason:
            raise UsageError(_cannot_write(path, reason, option))
        return
    if _may_hold_calls(path):
        raise UsageError(
            f"{path} is a recording, which can't be made again: give {option} another name"
        )
    if any(each.exists() and path.samefile(each) for each in inputs):
        raise UsageError(f"{path} is the input, and would be replaced: give {option} another name")


@contextmanager
def atomic_output(path: Path, *, option: str = "-o") -> Iterator[TextIO]:
    """Open a temporary file beside ``path``, and give it that name once the block has ended well.

    A recording is never replaced. What is no file, such as ``/dev/stdout``, is written as it is.

    Args:
        path: only its owner may read it, unless it was there: then who may is as it was.
        option: names it in messages.

    Raises:
        UsageError: it can't be written there.
    """
    with (
        atomic_binary_output(path, option=option) as stream,
        TextIOWrapper(stream, encoding="utf-8", newline="\n") as text,
    ):
        yield text


@contextmanager
def atomic_binary_output(path: Path, *, option: str = "-o") -> Iterator[BinaryIO]:
    """Do as :func:`atomic_output` does, with bytes."""
    refuse_to_replace(path, option=option)
    is_special = _is_stream(path) or (path.exists() and not path.is_file())
    whole = path.parent.resolve() / path.name
    try:
        with path.open("wb") if is_special else _replacing(whole, option) as stream:
            yield stream
    except OSError as error:
        raise UsageError(_cannot_write(path, error.strerror, option)) from error


@contextmanager
def _replacing(path: Path, option: str) -> Iterator[BinaryIO]:
    temporary = path.with_name(f".{path.name[:NAME_TAKEN_OVER]}-{token_hex(4)}")
    try:
        with open(temporary, "xb", opener=private) as stream:
            yield stream
        refuse_to_replace(path, option=option)  # a recording may have begun meanwhile
        if path.exists():
            copymode(path, temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def refuse_link(path: Path, option: str = "-o") -> None:
    """Make sure that a new file is not made where a link leads.

    Raises:
        UsageError: the path is a link to nothing yet.
    """
    if path.is_symlink() and not path.exists():
        raise UsageError(_is_a_link(path, option))


def _is_link(path: Path) -> bool:
    return path.is_symlink() and not _is_stream(path)


def _is_stream(path: Path) -> bool:
    """Whether a path names an open file of this process, as ``/dev/stdout`` does."""
    return bool(_STREAM.fullmatch(str(path)))


def _is_a_link(path: Path, option: str) -> str:
    return (
        f"{path} is a symbolic link, which outputs do not follow: remove it, or give {option} "
        f"what it leads to, {path.parent / path.readlink()}"
    )


def _head(path: Path) -> bytes:
    descriptor = open_beside(path)  # this process may be writing it
    try:
        return os.read(descriptor, len(_MAGIC))
    finally:
        close_beside(descriptor)


def _may_hold_calls(path: Path) -> bool:
    """Whether calls are in a file, or no one knows, since it can't be read."""
    try:
        return _head(path).startswith((_MAGIC, *_WAL_MAGICS))
    except OSError:
        return True


def _why_unwritable(path: Path) -> str | None:
    if path.is_dir():
        return os.strerror(errno.EISDIR)
    return None if path.resolve().parent.is_dir() else os.strerror(errno.ENOENT)


def _cannot_write(path: Path, reason: str | None, option: str) -> str:
    return f"can't write {path} ({reason}): choose another place with {option}"
