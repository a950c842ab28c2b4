"""Packing in the process that writes, while nothing else is to be done."""

from __future__ import annotations

import math
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final, Protocol

from iai_proxy.errors import IaiProxyError
from iai_proxy.recordings.cleaning import Cleaner, store_cleaned
from iai_proxy.recordings.indexing import Indexer, store_index
from iai_proxy.recordings.packed_rows import FilePacker, body_bytes, store
from iai_proxy.recordings.packing import PackedCall
from iai_proxy.recordings.sweeping import Sweep

#: Looks before and after what is written while its block runs: nothing that others write then may
#: count as ours. So it holds transactions alone, not what is worked out for them.
Over = Callable[[], AbstractContextManager[None]]

_COMMITS_PER_CHECKPOINT: Final = 32
#: Each may take seconds, if a stranger made it so.
_SEARCHED_AT_A_TIME: Final = 4
_INDEXED_AT_A_TIME: Final = 50


class Packing(Protocol):
    """Packs what is committed. All is called on the writer's thread."""

    sweep: Sweep
    #: Calls that were neither packed nor searched, once it is finished.
    unsearched: Sequence[int]

    def add(self, numbers: Sequence[int], size: int) -> None:
        """Take note of exchanges that were committed together, with the bytes of their bodies."""

    def turn(self, quiet_s: float) -> float | None:
        """Do a little, if it is time.

        Args:
            quiet_s: seconds since the last sign of a call.

        Returns:
            In how many seconds to ask again, if no call comes before; None for not at all.
        """

    def finish(self) -> None:
        """Pack what is left, as far as there is time, and let go of the file."""

    def stop(self) -> None:
        """Let go of the file without writing any more to it."""

    @property
    def left(self) -> int:
        """How many exchanges are not packed."""


class PackingHere:
    """Packs one call at a time whenever nothing is queued, and all of them at the end.

    Args:
        connection: of the writer.
        path: the recording.
        waiting: numbers of exchanges to begin with.
        sweep: knows what is to be searched for secrets once more.
        over: is put around what is written.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        waiting: Iterable[int],
        sweep: Sweep,
        over: Over,
    ) -> None:
        self._connection = connection
        self._over = over
        self._path = path
        self.sweep = sweep
        self._packer = FilePacker(connection, path)
        self._cleaner, self._sweeper = Cleaner(path), Cleaner(path)
        self._waiting = deque(waiting)
        self.unsearched: Sequence[int] = ()
        self._commits = 0
        self._failed = 0

    def add(self, numbers: Sequence[int], size: int) -> None:
        """Take note of exchanges that were committed together."""
        self._waiting.extend(numbers)
        self._commits += 1

    def turn(self, quiet_s: float) -> float | None:
        """Pack one exchange. On any error it stays as it is, and the next opening packs it."""
        if self._waiting:
            self._pack(self._waiting.popleft())
        return 0 if self._waiting else None

    def finish(self) -> None:
        """Pack all that is left, search what is to be searched once more, and store the index."""
        while self.turn(0) is not None:
            pass
        self.search(math.inf)
        self.index()

    def search(self, until: float, most: float = math.inf) -> None:
        """Search what is to be searched once more, in its order.

        Args:
            until: a moment of the monotonic clock, at which it ends.
            most: it ends before a call whose bodies have more bytes.
        """
        while self.sweep.is_due and time.monotonic() < until:
            with self._over():  # if nothing may be written, nothing is to be searched
                numbers = self.sweep.take(_SEARCHED_AT_A_TIME)
            if any(body_bytes(self._connection, number) > most for number in numbers):
                self.sweep.put_back(numbers)
                return
            for number in self._clean(self._sweeper, numbers, self.sweep.wanted):
                self._pack(number)

    def search_unpacked(self, numbers: Sequence[int], until: float) -> Sequence[int]:
        """Search calls without packing them; return those for which there was no time."""
        while numbers and time.monotonic() < until:
            self._clean(self._cleaner, numbers[:_SEARCHED_AT_A_TIME], self.sweep.marks)
            numbers = numbers[_SEARCHED_AT_A_TIME:]
        return numbers

    def stop(self) -> None:
        """Do nothing more; nothing is under way."""

    def index(self) -> None:
        """Store the index, if all calls are packed; a reader can make it too."""
        index = None
        with suppress(sqlite3.Error, IaiProxyError), Indexer(self._path) as indexer:
            for until in range(_INDEXED_AT_A_TIME, self._latest(), _INDEXED_AT_A_TIME):
                with self._over():
                    indexer.catch_up(until)
            index = indexer.index()
        if index is not None:
            with self._over(), suppress(sqlite3.Error):
                store_index(self._connection, index)

    def _latest(self) -> int:
        query = "SELECT coalesce(max(id), 0) FROM exchange"
        (number,) = self._connection.execute(query).fetchone()
        return int(number)

    @property
    def left(self) -> int:
        """How many exchanges are not packed, but for those that could not be."""
        return self._failed + len(self._waiting)

    def _pack(self, number: int) -> None:
        self._clean(self._cleaner, [number], self.sweep.marks)
        (packed,) = self._packer.pack([number])
        if packed.call is None:
            return
        with self._over():
            self._store(number, packed.call)

    def _store(self, number: int, call: PackedCall) -> None:
        try:
            store(self._connection, number, call)
        except sqlite3.Error:
            self._packer.forget()
            self._failed += 1
            return
        self._commits += 1
        if self._commits >= _COMMITS_PER_CHECKPOINT:
            self._commits = 0
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _clean(
        self, cleaner: Cleaner, numbers: Sequence[int], marks: Mapping[str, bytes]
    ) -> Iterable[int]:
        """Store calls anew that hold a secret, and return their numbers."""
        cleaned = cleaner.clean(numbers, marks)
        self.sweep.searched.update(numbers)
        self.sweep.replaced.update(cleaned)
        for call in cleaned.values():
            self._packer.forget()  # what is packed later must not refer to what is gone
            with self._over():
                store_cleaned(self._connection, call)
            self.sweep.stale = True
        return cleaned
