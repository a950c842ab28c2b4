"""Whether a recording and its write-ahead log still hold what was written.

SQLite looks at neither while it has them open: it goes on writing into a file that was deleted,
emptied or overwritten, and reports no error. What it believes stands in ``FILE-shm`` (SQLite's WAL
format, sections 2 and 4); the bytes of both files are compared with that.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from iai_proxy.recordings.connecting import connect
from iai_proxy.recordings.descriptors import close_beside, open_beside
from iai_proxy.recordings.guarding import GuardedConnection
from iai_proxy.recordings.log_frames import FRAME_HEADER, LOG_HEADER, are_whole

#: Of the index's header: commits so far, page size, last frame, pages of the file, checksum of the
#: last frame, salts; and, behind two copies of it, how many frames are in the file, and are being
#: copied there.
_INDEX: Final = struct.Struct("=8xI2xHII8s8s")
_FOLDED: Final = struct.Struct("=I28xI")
_FOLDED_AT: Final = 96
_INDEX_BYTES: Final = 136
#: The index comes in pieces of so many bytes; in the first one, it lists so many frames, in the
#: others so many.
_PIECE: Final = 32768
_IN_FIRST: Final = 4062
_IN_OTHERS: Final = 4096
_ALL: Final = 1 << 32
_MAGIC: Final = b"SQLite format 3\0"
_LARGEST_PAGE: Final = 65536
_BY_OTHERS: Final = "other changes were committed to it"

_Marks = tuple[int, int]


class TamperedError(sqlite3.OperationalError):
    """A file was changed by someone else. Its text says which, and how."""


class _Index(NamedTuple):
    """What SQLite believes of the log."""

    commits: int
    page_size: int
    frames: int
    pages: int
    checksum: bytes
    salts: bytes
    folded: tuple[int, int]

    @classmethod
    def of(cls, data: bytes) -> _Index:
        commits, page_size, frames, pages, checksum, salts = _INDEX.unpack_from(data)
        # The last frame's checksum stands there as two numbers of this machine.
        written = struct.pack(">II", *struct.unpack("=II", checksum))
        size = page_size if page_size > 1 else _LARGEST_PAGE
        folded = _FOLDED.unpack_from(data, _FOLDED_AT)
        return cls(commits, size, frames, pages, written, salts, folded)

    @property
    def listing_bytes(self) -> int:
        """How much of the index's file lists frames."""
        return _PIECE * (1 - (_IN_FIRST - self.frames) // _IN_OTHERS)

    def is_same_log(self, other: _Index) -> bool:
        """Whether nothing was committed between this and the other, and the log not begun anew."""
        return self[:-1] == other[:-1]


class _Seen(NamedTuple):
    """What the files were when they were looked at last."""

    file: tuple[int, int]
    log: _Marks
    believed: _Index
    shared: bytes


class Witness:
    """Compares the files of an open recording with what was written to them.

    A look takes some ten microseconds, as long as nothing was changed but by the writer. That is
    told by the time of the log, which the writer sets back a little whenever it has written to it:
    whoever writes next gives it another, however soon. Used on the writer's thread.

    Args:
        path: the recording.
    """

    def __init__(self, path: Path) -> None:
        real = path.resolve()  # SQLite puts its files beside the one that a link leads to
        files = [path, *(real.with_name(real.name + suffix) for suffix in ("-wal", "-shm"))]
        self._paths = files
        self._names = ["the file", *(file.name for file in files[1:])]
        self._descriptors: list[int] = []
        self._files: list[tuple[int, int]] = []
        self._connection: GuardedConnection
        self._seen: _Seen | None = None
        # What we have done since then: how often we have committed, and whether we wrote at all.
        self._commits: int | None = 0
        self._is_by_us = False
        self._judged: tuple[_Marks, _Index, bool] | None = None

    def begin(self, connection: GuardedConnection) -> None:
        """Take hold of the files, which SQLite has open and has written to.

        Args:
            connection: of the writer.

        Raises:
            OSError: one is gone already.
        """
        self._connection = connection
        for path in self._paths:
            self._descriptors.append(open_beside(path))
        self._files = [_identity(os.fstat(descriptor)) for descriptor in self._descriptors]

    def close(self) -> None:
        """Let go of the files. To be called once SQLite has done so. Idempotent."""
        while self._descriptors:
            close_beside(self._descriptors.pop())

    def glance(self) -> None:
        """Look where nothing was written by us since, which is quick if it was by no one.

        Raises:
            TamperedError: not all that was committed is in the files, or others wrote to them.
        """
        seen = self._seen
        if seen:
            file, log = map(os.fstat, self._descriptors[:2])
            shared = os.pread(self._descriptors[2], len(seen.shared), 0)
            is_there = file.st_nlink and log.st_nlink
            is_as_it_was = _times(file) == seen.file and _marks(log) == seen.log
            if is_there and is_as_it_was and shared == seen.shared:
                return
        self._look(commits=0, by_us=False)

    def look(self, commits: int) -> None:
        """Look once we have committed so often, or have taken back what was not committed.

        Raises:
            TamperedError: not all that was committed is in the files, or others wrote to them.
        """
        self._look(commits, by_us=True)

    @contextmanager
    def over(self) -> Iterator[None]:
        """Look before and after any number of transactions of ours.

        Raises:
            TamperedError: not all that was committed is in the files, or others wrote to them.
        """
        self.glance()  # first: SQLite must not touch an index that was cut short
        version = self._version()
        self.glance()
        before = self._seen
        yield
        self._look(None, by_us=True)
        is_changed = (
            before and self._seen and before.believed.commits != self._seen.believed.commits
        )
        now = self._version()
        if is_changed and version[0] != now[0] and version[1] == now[1]:
            self._seen = before
            raise TamperedError(_BY_OTHERS)

    def _version(self) -> tuple[int, int]:
        """Return what changes if other connections commit, or if one of our statements fails."""
        version = 0
        with suppress(sqlite3.Error):  # what is wrong with it is said by what is looked at
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return version, self._connection.failures

    def _look(self, commits: int | None, *, by_us: bool) -> None:
        """Make sure that all that was committed is in the files.

        Args:
            commits: how often we have committed at most since the last look; None if that is told
                by other means.
            by_us: whether what was written to the log since was written by us.
        """
        both_known = commits is not None and self._commits is not None
        self._commits = (self._commits or 0) + (commits or 0) if both_known else None
        self._is_by_us = self._is_by_us or by_us
        file, log, _ = map(self._stat, range(3))
        before = self._seen
        index, shared = self._index()
        done = (index.commits - before.believed.commits) % _ALL if before else 0
        if self._commits is not None and done > self._commits:
            raise TamperedError(_BY_OTHERS)
        if index.frames:
            self._check_log(log, index)
            if before and not self._is_by_us:
                self._check_unchanged(before, _marks(log), index, shared)
        if not file.st_size:
            raise TamperedError("the file was emptied")
        times = _times(file)
        if before and times != before.file:
            self._check_file(index)
        marks = _marks(log)
        if not before or marks != before.log:
            marks = self._mark_log(log)
        self._seen = _Seen(times, marks, index, shared)
        self._commits, self._is_by_us = 0, False

    def _stat(self, which: int) -> os.stat_result:
        """Make sure that a file still has its name."""
        try:
            there = self._paths[which].stat()
        except OSError:
            there = None
        if there is None or _identity(there) != self._files[which]:
            raise TamperedError(f"{self._names[which]} was deleted, moved away or replaced")
        return there

    def _mark_log(self, log: os.stat_result) -> _Marks:
        """Set the time of the log back a little, so that it tells of the next who writes."""
        with suppress(OSError, NotImplementedError, TypeError):  # it is not ours, or Windows
            os.utime(self._descriptors[1], ns=(log.st_atime_ns, log.st_mtime_ns - 1))
        return _marks(os.fstat(self._descriptors[1]))

    def _index(self) -> tuple[_Index, bytes]:
        """Return what SQLite believes, and the bytes of its index that list frames."""
        size = len(self._seen.shared) if self._seen else _PIECE
        shared = os.pread(self._descriptors[2], size, 0)
        if len(shared) >= _INDEX_BYTES:
            index = _Index.of(shared)
            if index.listing_bytes != size:
                shared = os.pread(self._descriptors[2], index.listing_bytes, 0)
            if len(shared) == index.listing_bytes:
                return index, shared
        how = "cut short" if shared else "emptied"
        raise TamperedError(f"{self._names[2]} was {how}")

    def _check_log(self, log: os.stat_result, index: _Index) -> None:
        """Compare the header of the log and its last frame with what SQLite believes."""
        step = FRAME_HEADER + index.page_size
        if log.st_size < LOG_HEADER + index.frames * step:
            raise TamperedError(f"{self._names[1]} was cut short")
        header = os.pread(self._descriptors[1], LOG_HEADER, 0)
        place = LOG_HEADER + (index.frames - 1) * step
        last = os.pread(self._descriptors[1], FRAME_HEADER, place)
        if not header[16:24] == index.salts == last[8:16] or last[16:24] != index.checksum:
            raise TamperedError(f"{self._names[1]} was overwritten")

    def _check_unchanged(self, before: _Seen, marks: _Marks, index: _Index, shared: bytes) -> None:
        """Make sure that the log, and the index, hold what they did, if others wrote to them."""
        is_same = shared[_INDEX_BYTES:] == before.shared[_INDEX_BYTES:]
        if not (is_same and index.is_same_log(before.believed)):
            raise TamperedError(f"{self._names[2]} was overwritten")
        if marks != before.log and not self._is_log_whole(marks, index):
            raise TamperedError(f"{self._names[1]} was overwritten")

    def _is_log_whole(self, marks: _Marks, index: _Index) -> bool:
        """Read all frames of the log; once, as long as nothing is written to it."""
        if not self._judged or self._judged[:2] != (marks, index):
            log = self._descriptors[1]
            is_whole = are_whole(log, index.frames, index.salts, index.checksum)
            self._judged = marks, index, is_whole
        return self._judged[2]

    def _check_file(self, index: _Index) -> None:
        """Look at a file that has changed since: it does when the log is folded in."""
        if os.pread(self._descriptors[0], len(_MAGIC), 0) != _MAGIC:
            raise TamperedError("the file was overwritten")
        is_by_us = self._is_folded_in_since(index) and self._holds_last_folded(index)
        if not is_by_us and not self._is_sound():
            raise TamperedError("the file was overwritten or cut short")

    def _is_folded_in_since(self, index: _Index) -> bool:
        folded, folding = index.folded
        before = self._seen.believed if self._seen else index
        return folded != folding or (before.folded, before.salts) != (index.folded, index.salts)

    def _holds_last_folded(self, index: _Index) -> bool:
        """Whether the page that was copied last from the log is in the file, as far as is known."""
        folded, folding = index.folded
        if folded != folding or not folded:
            return True  # it is being copied, or the log has begun anew
        place = LOG_HEADER + (folded - 1) * (FRAME_HEADER + index.page_size)
        frame = os.pread(self._descriptors[1], FRAME_HEADER + index.page_size, place)
        number = int.from_bytes(frame[:4], "big")
        page = os.pread(self._descriptors[0], index.page_size, (number - 1) * index.page_size)
        return page == frame[FRAME_HEADER:]

    def _is_sound(self) -> bool:
        """Read the whole file: its time was changed, perhaps by someone who wrote nothing."""
        with suppress(sqlite3.Error), closing(connect(self._paths[0], "ro")) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            return bool(found == "ok")
        return False


def _identity(file: os.stat_result) -> tuple[int, int]:
    return file.st_ino, file.st_dev


def _times(file: os.stat_result) -> tuple[int, int]:
    return file.st_size, file.st_mtime_ns


def _marks(file: os.stat_result) -> _Marks:
    # Not the time of its inode: that also changes when SQLite has the file written to the disk.
    return file.st_size, file.st_mtime_ns
