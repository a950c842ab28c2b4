"""The hidden folder of an export, and what a process that was killed leaves of it.

``DIR/.iai-proxy-…/in-use`` is locked by the process that writes there, and by no one once it is
gone. ``new`` has the tables that are written; ``old`` those that were there, a folder for each that
is being replaced, until all of them are: then it is renamed. While it is there the tables in
``DIR`` are partly of one export and partly of another, and are put back as they were.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock

from iai_proxy.errors import UsageError

#: What begins the name of the hidden folder.
_HIDDEN: Final = ".iai-proxy-"
_IN_USE: Final = "in-use"
NEW: Final = "new"
OLD: Final = "old"
_ENDED: Final = "ended"
#: In seconds: a folder is made, and only then locked.
_YOUNG_S: Final = 60.0


@contextmanager
def hidden_folder(folder: Path) -> Iterator[Path]:
    """Make a hidden folder, hold it while the block runs, and remove it.

    Unless :func:`end_replacing` was called, tables that have been replaced are put back.

    Raises:
        OSError: it can't be made.
    """
    hidden = Path(tempfile.mkdtemp(prefix=_HIDDEN, dir=folder))
    try:
        with FileLock(hidden / _IN_USE, mode=0o600):
            try:
                yield hidden
            finally:
                _put_back(folder, hidden)
    finally:
        if not (hidden / OLD).exists():  # else tables could not be put back
            shutil.rmtree(hidden, ignore_errors=True)


def tidy(folder: Path) -> None:
    """Put in order what processes that are gone have left: tables are put back, the rest goes.

    Raises:
        OSError: it can't be done.
        UsageError: something else is where a table was.
    """
    for hidden in folder.glob(f"{_HIDDEN}*"):
        if hidden.is_symlink() or not hidden.is_dir() or _is_just_made(hidden):
            continue
        lock = FileLock(hidden / _IN_USE, mode=0o600, blocking=False)
        with suppress(TimeoutError, FileNotFoundError):  # held, or removed just then
            with lock:
                _put_back(folder, hidden)
            shutil.rmtree(hidden, ignore_errors=True)


def end_replacing(hidden: Path) -> None:
    """Note that all tables have been replaced: none is put back any more."""
    (hidden / OLD).rename(hidden / _ENDED)


def _put_back(folder: Path, hidden: Path) -> None:
    """Undo a replacing of tables that was begun and not ended.

    It may be called again where it was not ended itself. Then nothing in the hidden folder is
    needed any more.

    Raises:
        UsageError: something else is where a table was.
    """
    new, old = hidden / NEW, hidden / OLD
    if not old.is_dir():
        return
    for before in sorted(old.iterdir()):
        there, written = folder / before.name, new / before.name
        if there.exists() and not written.exists():
            written.parent.mkdir(exist_ok=True)
            there.replace(written)
        if any(before.iterdir()):
            if there.exists():
                raise UsageError(
                    f"{there} was written by another program while an export replaced it, and what "
                    f"was there before is {before}: move one of the two away"
                )
            before.replace(there)
    end_replacing(hidden)


def _is_just_made(hidden: Path) -> bool:
    """Whether a process may be about to lock a folder."""
    is_empty = not any(hidden.iterdir())
    return is_empty and time.time() - hidden.stat().st_mtime < _YOUNG_S
