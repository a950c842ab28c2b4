"""Files that people give, read no further than such a file can go.

A name may be that of anything: a pipe that nothing comes through, or ``/dev/zero``, which never
ends.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from iai_proxy.errors import InputError
from iai_proxy.text import size


def read_file(path: Path, most: int) -> bytes:
    """Return what stands in a file.

    Args:
        path: the file.
        most: how many bytes a file of its kind can have.

    Raises:
        InputError: it has more, or is no file.
        OSError: it can't be read.
    """
    refuse_special(path)
    with path.open("rb") as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise InputError(f"{path} is larger than {size(most)}, which no such file is")
    return data


def refuse_special(path: Path) -> None:
    """Make sure that a file which is there is one: it ends, and can be read more than once.

    Raises:
        InputError: it is a pipe, a socket or a device.
        OSError: it is a folder, or can't be looked at.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is a pipe or a device: give a file")
