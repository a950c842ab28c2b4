"""Which process writes a recording, by whatever name, as far as the system tells."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from iai_proxy.errors import UsageError

#: Where Linux lists locks, with the processes that hold them.
_LOCKS: Final = Path("/proc/locks")


def holder_of(recording: Path) -> str | None:
    """Return who has the lock on a recording, by whatever name, where the system lists locks."""
    try:
        file = recording.stat()
        listed = _LOCKS.read_text()
    except OSError:
        return None
    device = f"{os.major(file.st_dev):02x}:{os.minor(file.st_dev):02x}:{file.st_ino}"
    found = re.search(rf"FLOCK +ADVISORY +WRITE +([1-9]\d*) {device} ", listed)
    return f"process {found[1]}" if found else None


def refuse_other_name(path: Path) -> None:
    """Make sure that a recording that is being written is opened by the name its log stands beside.

    By another name, SQLite would find no log, make an empty one, and know of no recent calls.

    Raises:
        UsageError: it is a hard link to one that is being written by another name.
    """
    log = path.resolve().with_name(f"{path.resolve().name}-wal")
    if path.stat().st_nlink < 2 or log.exists():
        return
    holder = holder_of(path)
    if holder and holder != f"process {os.getpid()}":  # ours is about to make that log
        raise UsageError(
            f"{path} is another name (a hard link) of a recording that is being written "
            f"({holder}): its calls are in the log beside the name it is written by; give that one"
        )
