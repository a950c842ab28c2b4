"""Packing what is left in a file of earlier writers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from iai_proxy.recordings.files import bytes_of
from iai_proxy.recordings.reader import Recording
from iai_proxy.recordings.writer import RecordingWriter


class PackedFile(NamedTuple):
    """What :func:`pack_file` did: how many calls were to be packed, and the sizes with the log."""

    calls: int
    bytes_before: int
    bytes_after: int


def pack_file(path: Path, known_secrets: Iterable[str] = ()) -> PackedFile:
    """Pack every call of a recording that is not packed yet, however long that takes.

    What an older version has stored of calls beside their bodies is made anew, and so is the index.
    What was not searched for secrets yet is.

    Args:
        path: the recording.
        known_secrets: those to be searched for in all of it.

    Raises:
        InputError: it is missing or no recording, or newer than this program.
        UsageError: it is being written, or can't be.
    """
    Recording(path).close()  # says what is wrong with the file as an input
    before = bytes_of(path)
    with RecordingWriter(path, append=True, renews=True, known_secrets=known_secrets) as writer:
        pass  # closing it packs all
    return PackedFile(writer.found_unpacked, before, bytes_of(path))
