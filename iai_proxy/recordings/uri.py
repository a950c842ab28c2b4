"""How SQLite is told to open a file read-only: by a URI."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote


def file_uri(path: Path, mode: str) -> str:
    """Return the URI of a file. Its name may hold anything, also ``?``, ``#`` and bytes that are not UTF-8.

    Args:
        path: the file.
        mode: ``ro`` or ``rw``; neither makes a file that is not there.
    """
    return f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}"
