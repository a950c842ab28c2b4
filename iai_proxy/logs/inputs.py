"""The recordings and debug logs in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from iai_proxy.errors import InputError
from iai_proxy.logs.spans import SUFFIXES
from iai_proxy.recordings.files import is_recording

#: How the name of a recording ends: what has it is meant to be one, even if it is cut to nothing.
RECORDING: Final = ".iairec"
#: A debug log has the name of a list within its first call; much of one may stand before it.
_HEAD_BYTES: Final = 1 << 20
_NAMES: Final = tuple(f'{suffix}"'.encode() for suffix in SUFFIXES)


def inputs_in(folder: Path, *, logs: bool = True) -> list[Path]:
    """Return the recordings and debug logs in a folder and in those in it, in order of their paths.

    Anything else is left out: scenario logs, pictures, hidden files.

    Args:
        folder: where to look.
        logs: whether debug logs are wanted.
    """
    paths = (path for path in sorted(folder.rglob("*")) if _is_visible(path.relative_to(folder)))
    return [path for path in paths if is_input(path, logs=logs)]


def is_input(path: Path, *, logs: bool = True) -> bool:
    """Return whether a path is a recording, whole or not, or a debug log, if these are wanted."""
    if not path.is_file():
        return False
    try:
        if path.suffix == RECORDING or is_recording(path):
            return True
        return logs and path.suffix == ".json" and is_debug_log(path)
    except (InputError, OSError):  # empty, or not ours to read
        return False


def is_debug_log(path: Path) -> bool:
    """Return whether a file that is no recording is a debug log, by what stands at its beginning.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    return any(name in head for name in _NAMES)


def _is_visible(path: Path) -> bool:
    return not any(part.startswith(".") for part in path.parts)
