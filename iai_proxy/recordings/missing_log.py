"""Whether the log of a recording is missing, which belongs beside a file that was not closed.

A writer notes that it writes before the file gets a log, and takes the note back when it folds
the log in. So a file that is in the mode for a log, has that note and no log, was copied without it
while it was written, or after its writer was killed; or the log was deleted. Nothing is missing
then only if another program than ours has folded the log in. The next writer of ours closes the
file, and the warning ends: whoever packs it has been told. Without the note the recording was
closed, while someone read it.
"""

from __future__ import annotations

import shlex
import sqlite3
from pathlib import Path

from iai_proxy.recordings.files import has_log, log_of


def missing_log(path: Path, connection: sqlite3.Connection) -> str | None:
    """Say that there is no log beside a file that was not closed, if so.

    Args:
        path: the recording.
        connection: of a reader of it.

    Raises:
        sqlite3.Error: it can't be read.
    """
    real = path.resolve()  # SQLite puts its files beside the one that a link leads to
    if has_log(real) or connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        return None
    note = connection.execute("SELECT 1 FROM meta WHERE key = 'writer'").fetchone()
    # In this order: a writer that ends takes back the note before the log goes, and one that begins
    # has the lock.
    if note is None or has_log(real) or _is_being_written(path):
        return None
    close = shlex.join(["iai-proxy", "pack", str(path)])
    return (
        f"{path} was not closed, and there is no {log_of(path).name} beside it: unless another "
        "program has folded that in, the latest calls are missing; copy both files together, or "
        "use `iai-proxy copy`; if that can't be done, or none is missing, "
        f"`{close}` ends this warning"
    )


def _is_being_written(path: Path) -> bool:
    from iai_proxy.recordings.lock import is_being_written  # which few readers need

    return is_being_written(path)
