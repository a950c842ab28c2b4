"""Files and folders for their owner alone from the first moment, whatever the umask says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

#: There is no such thing on Windows.
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)


def private(path: str, flags: int) -> int:
    """Open a file, as the ``opener`` of ``open``: a new one has mode 0600. Follows no link."""
    return os.open(path, flags | _NO_FOLLOW, 0o600)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it, with mode 0700; what is there stays as it is.

    Raises:
        OSError: it can't be made.
    """
    for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(exist_ok=True)  # something else may be there
