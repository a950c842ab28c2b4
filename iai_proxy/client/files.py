"""Files that appear complete or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from shutil import copymode


def put(target: Path, content: bytes) -> None:
    """Replace a file in one step: readers see the old or the new one.

    Only its owner may read a new file; who may read one that was there stays as it was. A link is
    replaced, not followed.
    """
    temporary = write_temporary(target.parent, content)
    if target.is_file() and not target.is_symlink():
        copymode(target, temporary)
    temporary.replace(target)


def write_temporary(folder: Path, content: bytes) -> Path:
    """Write a file that only its owner can ever read."""
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(content)
    return Path(file.name)
