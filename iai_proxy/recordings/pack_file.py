"""Packing what is left in a file of earlier writers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from iai_proxy.recordings.files import bytes_of
from iai_proxy.recordings.reader import Recording
from iai_proxy.recordings.writer import RecordingWriter


class PackedFile(NamedTuple):
    """What :func:`pack_file` did.

    Attributes:
        calls: how many were to be packed.
        bytes_before: its size with the log.
        bytes_after: the same, now.
        format_before: the version of its format.
        searched: how many calls were searched for secrets.
        replaced: how many of these held one.
    """

    calls: int
    bytes_before: int
    bytes_after: int
    format_before: int
    searched: int
    replaced: int


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
    with Recording(path) as recording:  # says what is wrong with the file as an input
        format_before = recording.format
    before = bytes_of(path)
    with RecordingWriter(path, append=True, renews=True, known_secrets=known_secrets) as writer:
        pass  # closing it packs all
    after = bytes_of(path)
    return PackedFile(writer.found_unpacked, before, after, format_before, *writer.searched)
