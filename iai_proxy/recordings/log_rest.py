"""What a write-ahead log holds that SQLite does not read: calls behind a frame that was damaged.

SQLite reads a log up to the first frame that does not prove itself, and says nothing of the rest,
which an earlier use of the file, or a transaction that was never completed, may have left there.
Neither leaves the end of a transaction with the log's own salts, though.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from iai_proxy.recordings.connecting import DamagedRowError
from iai_proxy.recordings.descriptors import close_beside, open_beside
from iai_proxy.recordings.files import log_of
from iai_proxy.recordings.log_frames import (
    FRAME_HEADER,
    LOG_HEADER,
    LogHeader,
    commits_after,
    last_checksum,
    log_header,
)
from iai_proxy.text import plural

#: Of the header of ``FILE-shm``, where SQLite notes how far it reads: frames and salts.
_READ: Final = struct.Struct("=16xI12x8s")
_READ_BYTES: Final = 40


def unread_rest(recording: Path) -> str | None:
    """Say what SQLite does not read of a recording's log although it was committed, if anything.

    Args:
        recording: open, and read from, so that SQLite has looked through its log.
    """
    real = recording.resolve()  # SQLite puts its files beside the one that a link leads to
    try:
        with _opened(log_of(real)) as log, _opened(real.with_name(f"{real.name}-shm")) as index:
            return _unread_rest(log, index)
    except OSError:
        return None  # there is none


def require_all_read(recording: Path) -> None:
    """Make sure that SQLite reads all of a recording's log that was committed.

    Raises:
        DamagedRowError: it does not.
    """
    rest = unread_rest(recording)
    if rest:
        raise DamagedRowError(rest)


def _unread_rest(log: int, index: int) -> str | None:
    if os.fstat(log).st_size <= LOG_HEADER + FRAME_HEADER:
        return None
    header = log_header(log)
    if header is None:
        return "the header of its log is damaged: no call in it can be read"
    frames, salts = _read(index)
    if salts != header.salts:  # it has been folded in, and begins anew with the next commit
        return None
    lost = list(commits_after(log, frames, header))
    if len(lost) == 1 and _may_be_half_written(log, header, frames, lost[0]):
        return None
    if not lost or _read(index) != (frames, salts):  # more was committed meanwhile
        return None
    return (
        f"frame {frames + 1} of its log is damaged: {plural(len(lost), 'commit')} behind it can't "
        "be read"
    )


def _may_be_half_written(log: int, header: LogHeader, frames: int, last: int) -> bool:
    """Whether all is whole up to a last frame: a writer that was killed may have left it so."""
    before = header.checksum
    if frames:
        size = FRAME_HEADER + header.page_size
        before = os.pread(log, 8, LOG_HEADER + (frames - 1) * size + 16)
    return last_checksum(log, header, range(frames + 1, last), before) is not None


def _read(index: int) -> tuple[int, bytes]:
    """Return how many frames of the log are read, and the salts of that log."""
    data = os.pread(index, _READ_BYTES, 0)
    if len(data) < _READ_BYTES:
        raise OSError
    frames, salts = _READ.unpack(data)
    return frames, salts


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = open_beside(path)
    try:
        yield descriptor
    finally:
        close_beside(descriptor)
