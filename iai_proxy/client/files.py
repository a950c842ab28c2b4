"""Files that appear complete or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path


def put(target: Path, content: bytes) -> None:
    """Replace a file that anyone may read in one step: readers see the old or the new one."""
    temporary = write_temporary(target.parent, content)
    temporary.chmod(0o644)
    temporary.replace(target)


def write_temporary(folder: Path, content: bytes) -> Path:
    """Write a file that only its owner can ever read."""
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(content)
    return Path(file.name)
