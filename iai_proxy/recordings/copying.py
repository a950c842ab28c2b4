"""Copying a recording whose latest calls are in the log beside it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from iai_proxy.recordings.connecting import connect, plain_errors


def copy_whole(path: Path, destination: Path) -> None:
    """Make one plain file of a recording and its log. Both stay as they are.

    Args:
        path: the recording; it may be written meanwhile.
        destination: a file that is not there yet.

    Raises:
        InputError: the recording can't be read.
        OSError: the destination is there, or can't be written.
    """
    os.close(os.open(destination, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        plain_errors(path),
        closing(connect(path, "ro")) as source,
        closing(sqlite3.connect(destination)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        with copy:
            copy.execute("DELETE FROM meta WHERE key = 'writer'")  # no one writes the copy
