"""One plain file of a recording and its log, also while it is written."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from iai_proxy.errors import InputError
from iai_proxy.recordings import Recording
from iai_proxy.recordings.connecting import connect
from iai_proxy.recordings.copying import copy_whole
from iai_proxy.recordings.files import has_log, log_of
from iai_proxy.recordings.whole_files import appearing, refuse_existing


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of a recording: how many calls the copy has, and how large it is."""

    calls: int
    bytes: int


def copy(path: Path, out: Path, option: str = "OUT") -> Copied:
    """Make one plain file of a recording as it is at one moment. It may be written meanwhile.

    Args:
        path: the recording; it stays as it is, and so does its log.
        out: the copy, which must not exist.
        option: names the copy in messages.

    Raises:
        InputError: the recording can't be read, or is damaged; nothing is written then.
        UsageError: the copy exists or can't be written.
    """
    refuse_existing(out, option)
    with appearing(out, option) as temporary:
        with _readable(path, temporary) as source:
            copy_whole(source, temporary)
        with Recording(temporary) as copied:
            calls = len(copied)
    return Copied(calls, out.stat().st_size)


@contextmanager
def _readable(path: Path, temporary: Path) -> Iterator[Path]:
    """Give a recording that SQLite can read, in place of one beside which it can make no file."""
    try:
        with Recording(path):
            pass
    except InputError:
        if not (has_log(path) and _lacks_index(path)):
            raise
    else:
        yield path
        return
    with TemporaryDirectory(dir=temporary.parent, prefix=f"{temporary.name}-") as beside:
        twin = Path(beside) / path.name
        shutil.copyfile(path, twin)
        shutil.copyfile(log_of(path), log_of(twin))
        with Recording(twin):
            yield twin


def _lacks_index(path: Path) -> bool:
    """Whether a file can't be read since the index of its log is not there and can't be made."""
    try:
        with closing(connect(path, "ro")) as connection:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode == sqlite3.SQLITE_CANTOPEN
    except sqlite3.Error:
        return False
    return False
