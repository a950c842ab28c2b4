"""Whether a recording and its write-ahead log still hold what was written.

SQLite looks at neither while it has them open: it goes on writing into a file that was deleted,
emptied or overwritten, and reports no error. What it believes stands in ``FILE-shm`` (SQLite's WAL
format, sections 2 and 4); the bytes of both files are compared with that.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NamedTuple

from iai_proxy.recordings.connecting import connect
from iai_proxy.recordings.descriptors import close_beside, open_beside

#: Of the index's header: page size, last frame, pages of the file, checksum of the last frame,
#: salts; and, behind two copies of it, how many frames are in the file, and are being copied there.
_INDEX: Final = struct.Struct("=14xHII8s8s")
_INDEX_BYTES: Final = 136
_FOLDED: Final = struct.Struct("=I28xI")
_FOLDED_AT: Final = 96
_LOG_HEADER: Final = 32
_FRAME_HEADER: Final = 24
_MAGIC: Final = b"SQLite format 3\0"
_LARGEST_PAGE: Final = 65536


class TamperedError(sqlite3.OperationalError):
    """A file was changed by someone else. Its text says which, and how."""


class _Index(NamedTuple):
    """What SQLite believes of the log."""

    page_size: int
    frames: int
    pages: int
    checksum: bytes
    salts: bytes
    folded: tuple[int, int]

    def is_same_log(self, other: _Index) -> bool:
        """Whether nothing was committed between this and the other."""
        return self[:-1] == other[:-1]


class _Seen(NamedTuple):
    """What both files were when they were looked at last."""

    file: tuple[int, int]
    log: tuple[int, int]
    believed: _Index


class Witness:
    """Compares the files of an open recording with what was written to them.

    A look takes some ten microseconds. Used on the writer's thread.

    Args:
        path: the recording.
    """

    def __init__(self, path: Path) -> None:
        real = path.resolve()  # SQLite puts its files beside the one that a link leads to
        self._paths = [path, *(real.with_name(real.name + suffix) for suffix in ("-wal", "-shm"))]
        self._descriptors: list[int] = []
        self._files: list[os.stat_result] = []
        self._seen: _Seen | None = None
        self._shared = b""
        self._glanced: tuple[tuple[int, int], tuple[int, int], bytes] | None = None

    def begin(self) -> None:
        """Take hold of the files, which SQLite has open and has written to.

        Raises:
            OSError: one is gone already.
        """
        for path in self._paths:
            self._descriptors.append(open_beside(path))
        self._files = [os.fstat(descriptor) for descriptor in self._descriptors]

    def close(self) -> None:
        """Let go of the files. To be called once SQLite has done so. Idempotent."""
        while self._descriptors:
            close_beside(self._descriptors.pop())

    def glance(self) -> None:
        """Look, but for the names of the files: where nothing was written since, that is quick.

        Raises:
            TamperedError: not all that was committed is in the files.
        """
        file, log = map(os.fstat, self._descriptors[:2])
        marks = _marks(file), _marks(log), os.pread(self._descriptors[2], _INDEX_BYTES, 0)
        if not (file.st_nlink and log.st_nlink) or marks != self._glanced:
            self.look()

    def look(self) -> None:
        """Make sure that all that was committed is in the files.

        Raises:
            TamperedError: it is not.
        """
        file, log, shared = map(self._stat, range(3))
        if not shared.st_size:
            raise TamperedError(f"{self._paths[2].name} was emptied")
        index = self._index()
        seen = _Seen(_marks(file), _marks(log), index)
        if index.frames:
            self._check_log(log.st_size, index, seen)
        if not file.st_size:
            raise TamperedError("the file was emptied")
        if self._seen and seen.file != self._seen.file:
            self._check_file(index)
        self._seen = seen
        self._glanced = seen.file, seen.log, self._shared

    def _stat(self, which: int) -> os.stat_result:
        """Make sure that a file still has its name."""
        try:
            there = self._paths[which].stat()
        except OSError:
            there = None
        if there is None or not os.path.samestat(there, self._files[which]):
            name = self._paths[which].name if which else "the file"
            raise TamperedError(f"{name} was deleted, moved away or replaced")
        return there

    def _index(self) -> _Index:
        data = self._shared = os.pread(self._descriptors[2], _INDEX_BYTES, 0)
        if len(data) < _INDEX_BYTES:
            raise TamperedError(f"{self._paths[2].name} was cut short")
        page_size, frames, pages, checksum, salts = _INDEX.unpack_from(data)
        folded, folding = _FOLDED.unpack_from(data, _FOLDED_AT)
        # The last frame's checksum stands there as two numbers of this machine.
        written = struct.pack(">II", *struct.unpack("=II", checksum))
        size = page_size if page_size > 1 else _LARGEST_PAGE
        return _Index(size, frames, pages, written, salts, (folded, folding))

    def _check_log(self, size: int, index: _Index, seen: _Seen) -> None:
        """Compare the header of the log, and its frames since the last look, or the last only."""
        step = _FRAME_HEADER + index.page_size
        if size < _LOG_HEADER + index.frames * step:
            raise TamperedError(f"{self._paths[1].name} was cut short")
        header = os.pread(self._descriptors[1], _LOG_HEADER, 0)
        last = self._frame(index.frames, step)
        is_ours = header[16:24] == index.salts == last[8:16] and last[16:24] == index.checksum
        before = self._seen
        if is_ours and before and before.believed.is_same_log(index) and before.log != seen.log:
            # It was written without a commit: by a transaction that was taken back, or by others.
            is_ours = self._are_all_frames_ours(index, step)
        if not is_ours:
            raise TamperedError(f"{self._paths[1].name} was overwritten")

    def _frame(self, number: int, step: int) -> bytes:
        return os.pread(self._descriptors[1], _FRAME_HEADER, _LOG_HEADER + (number - 1) * step)

    def _are_all_frames_ours(self, index: _Index, step: int) -> bool:
        frames = (self._frame(number, step) for number in range(1, index.frames + 1))
        return all(frame[8:16] == index.salts for frame in frames)

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
        place = _LOG_HEADER + (folded - 1) * (_FRAME_HEADER + index.page_size)
        frame = os.pread(self._descriptors[1], _FRAME_HEADER + index.page_size, place)
        number = int.from_bytes(frame[:4], "big")
        page = os.pread(self._descriptors[0], index.page_size, (number - 1) * index.page_size)
        return page == frame[_FRAME_HEADER:]

    def _is_sound(self) -> bool:
        """Read the whole file: its time was changed, perhaps by someone who wrote nothing."""
        with suppress(sqlite3.Error), closing(connect(self._paths[0], "ro")) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            return bool(found == "ok")
        return False


def _marks(file: os.stat_result) -> tuple[int, int]:
    return file.st_size, file.st_mtime_ns
