"""What a command that was killed has left of a file that it was making.

Whoever makes a file under a temporary name holds a lock beside it, which the operating system
releases if its holder dies. So what no one holds is of no use to anyone.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Final

from filelock import FileLock, Timeout

from iai_proxy.recordings.files import NAME_TAKEN_OVER

_HELD: Final = "-making"


@contextlib.contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """Give a hidden name beside a file that is being made; nothing is left of it afterwards.

    What killed commands have left that made the same file is removed before. All names that begin
    with the one that is given may be used, for files and for folders.

    Raises:
        OSError: the folder can't be written.
    """
    folder, begin = path.resolve().parent, f".{path.name[:NAME_TAKEN_OVER]}"
    _remove_leftovers(folder, begin)
    temporary = folder / f"{begin}-{token_hex(4)}"
    lock = _lock_of(temporary)
    with contextlib.suppress(NotImplementedError):  # the file system has no locks
        lock.acquire()
    try:
        yield temporary
    finally:
        _remove(temporary)
        lock.release()


def _remove_leftovers(folder: Path, begin: str) -> None:
    wanted = re.compile(rf"({re.escape(begin)}-[0-9a-f]{{8}}){_HELD}", re.DOTALL)
    names = [found[1] for file in folder.iterdir() if (found := wanted.fullmatch(file.name))]
    for name in names:
        lock = _lock_of(folder / name)
        # Held: someone makes it. Or there are no locks, or it is not ours.
        with contextlib.suppress(Timeout, OSError, NotImplementedError):
            lock.acquire(timeout=0)
            _remove(folder / name)
            lock.release()


def _lock_of(temporary: Path) -> FileLock:
    path = temporary.with_name(f"{temporary.name}{_HELD}")
    return FileLock(path, mode=0o600, thread_local=False)


def _remove(temporary: Path) -> None:
    """Remove all whose names begin so, the lock at last."""
    files = [file for file in temporary.parent.iterdir() if file.name.startswith(temporary.name)]
    for file in sorted(files, key=lambda file: file.name.endswith(_HELD)):
        with contextlib.suppress(OSError):
            if file.is_dir() and not file.is_symlink():
                shutil.rmtree(file, ignore_errors=True)
            else:
                file.unlink()
