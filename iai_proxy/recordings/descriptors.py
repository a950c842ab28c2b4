"""Descriptors of our own beside SQLite's: on files that it has open in this process.

Closing any descriptor of a file drops the POSIX locks that the process holds on it, SQLite's too.
So these are closed only once no other descriptor of the file is open here.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

#: Where the system lists the descriptors of the process that asks.
_LISTED: Final = Path("/dev/fd")

#: All that were opened here, and those of them that are to be closed.
_opened: set[int] = set()
_kept: set[int] = set()
_lock: Final = threading.Lock()


def open_beside(path: Path) -> int:
    """Open an existing file to be read beside SQLite; it follows no symbolic link anew.

    Raises:
        OSError: it can't be opened.
    """
    with _lock:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        _opened.add(descriptor)
        return descriptor


def close_beside(descriptor: int) -> None:
    """Close a descriptor now, or as soon as another is closed that finds the file unused."""
    with _lock:
        _kept.add(descriptor)
        for kept in list(_kept):
            if not _is_open_elsewhere(kept):
                _kept.discard(kept)
                _opened.discard(kept)
                with suppress(OSError):
                    os.close(kept)


def _is_open_elsewhere(descriptor: int) -> bool:
    try:
        ours = os.fstat(descriptor)
        listed = [int(entry.name) for entry in _LISTED.iterdir()]
    except OSError:
        return True  # no one knows
    return any(_is_of(other, ours) for other in listed if other not in _opened)


def _is_of(descriptor: int, file: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), file)
    except OSError:  # the one that listed them is closed by now
        return False
