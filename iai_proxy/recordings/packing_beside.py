"""Packing in a process of its own, so that no call waits for it: the side of the writer."""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from iai_proxy.recordings.cleaning import Cleaned, store_cleaned
from iai_proxy.recordings.free_room import give_back_a_little
from iai_proxy.recordings.indexing import store_index
from iai_proxy.recordings.log import Log
from iai_proxy.recordings.packed_rows import Packed, body_bytes, store
from iai_proxy.recordings.packing_here import Over, PackingHere
from iai_proxy.recordings.packing_process import (
    Gone,
    MadeIndex,
    MakeIndex,
    Pack,
    PackingProcess,
    Search,
)
from iai_proxy.recordings.sweeping import Sweep

#: A client that is silent for so long most likely goes on being so for a while.
_PAUSE_S: Final = 0.012
#: What is done at a time takes at most a part of the pause so far: with 100 agents a call takes 3
#: to 10 ms.
_CALLS_PER_PAUSE: Final = 2
_MOST_AT_A_TIME: Final = 16
#: For fewer calls no process is started: at the end they are packed in this one.
_WORTH_A_PROCESS: Final = 8
#: How many bytes of bodies may wait. A client that never pauses is packed for between its calls
#: from there on ...
_MOST_WAITING: Final = 64_000_000
#: ... and from there on also where others want the processor.
_FAR_TOO_MANY_WAITING: Final = 128_000_000
#: The process is not started before the first call, which would wait for it, or a long pause.
_START_S: Final = 1.0
#: When all is packed and the client has been silent for so long, free room is given back: sooner,
#: the next calls would need it again.
_IDLE_S: Final = 0.2
#: How long is packed when the recording is closed, and how much later its index may be there.
_FINISH_S: Final = 0.3
_INDEX_S: Final = 0.1
#: How long calls are searched then that were not packed, or for a key that was learnt after them.
_SEARCH_S: Final = 30.0
#: What is packed at a time then: a call may be left that took too long.
_AT_A_TIME_AT_LAST: Final = 4
#: What is left then is packed here for longer, if it is so little (a second or two, unless a
#: stranger made it), so that a small recording does not come out larger by chance.
_FINISH_FEW_S: Final = 10.0
_FEW_CALLS: Final = 100
_FEW_BYTES: Final = 64_000_000
#: One that has ended by itself so often is not started again: what is left stays as it is.
_MOST_STARTS: Final = 3


class PackingBeside:
    """Has calls packed while the client pauses, and stores what comes of it.

    If the process ends early, what it was packing is left to the next opening of the file, and a
    new one goes on with the rest.

    Args:
        connection: of the writer.
        path: the recording.
        waiting: numbers of exchanges to begin with.
        wake: has the writer call :meth:`turn` soon; called on another thread.
        sweep: knows what is to be searched for secrets once more.
        over: is put around what is written.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        waiting: Iterable[int],
        wake: Callable[[], None],
        sweep: Sweep,
        over: Over,
    ) -> None:
        self.sweep = sweep
        self._over = over
        self._connection = connection
        self._path = path
        self._wake = wake
        self._log = Log(connection, path, wake)
        self._waiting = deque((number, 0) for number in waiting)
        self._waiting_bytes = 0
        self._packed: deque[Packed] = deque()
        self._asked: Sequence[int] | None = None  # what is being packed
        self.unsearched: Sequence[int] = ()
        self._searched: list[int] = []  # what is being searched once more
        self._given_up: list[int] = []
        self._is_room_left = True  # that is free
        self._has_answered = False
        self._is_fresh = False  # what was packed last did not get into the file
        self._told: dict[str, bytes] | None = None  # the secrets that the process knows of
        self._process: PackingProcess | None = None
        self._starts = 0
        self._may_start = False

    def add(self, numbers: Sequence[int], size: int) -> None:
        """Take note of exchanges that were committed together."""
        self._waiting.extend((number, size // len(numbers)) for number in numbers)
        self._waiting_bytes += size
        self._log.add(size)
        self._may_start = True
        self._is_room_left = True

    def turn(self, quiet_s: float) -> float | None:
        """Store a call, or ask for the next to be packed, in a pause or where it can't wait."""
        in_pause = quiet_s >= _PAUSE_S
        self._log.turn(in_pause=in_pause)
        self._take_answer(0)
        if not in_pause and not self._is_behind:
            return _PAUSE_S - quiet_s if self._has_work else None
        if self._packed:
            self._store(self._packed.popleft())
            return 0
        if self._asked is not None or not (self._can_pack or self._can_search):
            return self._idle(quiet_s)
        if self._log.wants_no_reader:
            return _PAUSE_S
        if not self._is_running() and not self._may_start and quiet_s < _START_S:
            return _START_S - quiet_s
        self._ask(int(quiet_s / _PAUSE_S) if in_pause else _MOST_AT_A_TIME)
        return None

    def _ask(self, pauses: int) -> None:
        """Ask for what can be done while the client pauses once more for as long."""
        if self._can_pack:
            count = min(_CALLS_PER_PAUSE * pauses, _MOST_AT_A_TIME)
            self._ask_to_pack(count, hurried=self._waiting_bytes > _FAR_TOO_MANY_WAITING)
        else:
            self._ask_to_search(hurried=False)

    def finish(self) -> None:
        """Pack for a short while, but all if that is little: the next opening packs the rest."""
        until = time.monotonic() + _FINISH_S
        # One that has only just been started would take longer to begin than we to pack.
        if self._has_answered or not self._is_little(self._rest()):
            while (left_s := until - time.monotonic()) > 0 and self._finish_next(left_s):
                pass
        rest = self._rest()
        if not rest and not self.sweep.is_due:
            self._finish_index(until + _INDEX_S)
        self.end()
        self._asked = None
        self.sweep.put_back(self._searched)
        self._packed.clear()
        self._waiting.clear()
        self._given_up = rest
        if self._is_little(rest):
            self._finish_here(time.monotonic() + _FINISH_FEW_S)
        elif not self._starts:
            self._finish_here(until)
        self._search_here(time.monotonic() + _SEARCH_S)
        self._log.end()

    def end(self) -> None:
        """End the process, if there is one."""
        if self._process:
            self._process.end()
            self._process = None
            self._told = None

    def stop(self) -> None:
        """Let go of the file without writing any more to it."""
        self.end()
        self._log.stop()

    @property
    def left(self) -> int:
        """How many exchanges are not packed, but for those that could not be."""
        return len(self._rest())

    def _rest(self) -> list[int]:
        """Return the numbers of those exchanges, in their order."""
        packed = (packed.number for packed in self._packed)
        waiting = (number for number, _ in self._waiting)
        return sorted([*self._given_up, *(self._asked or ()), *packed, *waiting])

    def _is_little(self, numbers: Sequence[int]) -> bool:
        """Whether exchanges are so few, and small, that packing them takes a moment."""
        if len(numbers) > _FEW_CALLS:
            return False
        size = sum(body_bytes(self._connection, number) for number in numbers)
        return size <= _FEW_BYTES

    def _idle(self, quiet_s: float) -> float | None:
        """Give back some of the room that packing freed, if nothing is asked and it is time."""
        if self._asked is not None or not self._is_room_left:
            return None  # an answer wakes us
        if quiet_s < _IDLE_S:
            return _IDLE_S - quiet_s
        if self._log.wants_no_reader:
            return _PAUSE_S
        given_back = 0
        with self._over(), suppress(sqlite3.Error):  # closing tries again
            given_back = give_back_a_little(self._connection)
        self._log.add(given_back)
        self._is_room_left = given_back > 0
        return 0 if given_back else None

    @property
    def _can_pack(self) -> bool:
        """Whether there is a process, or enough to do for one."""
        if self._is_running():
            return bool(self._waiting)
        return self._starts < _MOST_STARTS and len(self._waiting) > _WORTH_A_PROCESS

    @property
    def _can_search(self) -> bool:
        """Whether calls are to be searched once more, and none waits to be packed."""
        can_run = self._is_running() or self._starts < _MOST_STARTS
        return self.sweep.is_due and not self._waiting and can_run

    @property
    def _has_work(self) -> bool:
        to_ask = self._asked is None and (self._can_pack or self._can_search)
        return bool(self._packed) or to_ask or self._log.waits_for_pause

    @property
    def _is_behind(self) -> bool:
        return self._waiting_bytes > _MOST_WAITING

    def _ask_to_pack(self, count: int, *, hurried: bool) -> None:
        process = self._started()
        if process:
            taken = [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
            self._waiting_bytes -= sum(size for _, size in taken)
            self._asked = [number for number, _ in taken]
            process.ask(Pack(self._asked, self._is_fresh, hurried, self._untold()))
            self._is_fresh = False

    def _ask_to_search(self, *, hurried: bool) -> None:
        process = self._started()
        if process:
            self._searched = self.sweep.take(_MOST_AT_A_TIME)
            self._asked = ()
            process.ask(Search(self._searched, self.sweep.wanted, hurried))

    def _untold(self) -> dict[str, bytes] | None:
        """Return the secrets that the process is to be told of; None if it knows them."""
        if self._told == self.sweep.marks:
            return None
        self._told = self.sweep.marks
        return self._told

    def _take_answer(self, timeout_s: float) -> None:
        if not self._process:
            return
        match self._process.answer(timeout_s):
            case None:
                return
            case Gone():
                self.end()
                self._given_up += self._asked or ()
                self.sweep.put_back(self._searched)
                self._is_fresh = False  # the next one has packed nothing yet
            case MadeIndex(index):
                if index is not None:
                    with self._over(), suppress(sqlite3.Error):  # a reader can make it too
                        store_index(self._connection, index)
            case packed:
                self._has_answered = True
                self._packed.extend(packed)
        self._asked = None
        self._searched = []

    def _store(self, packed: Packed) -> None:
        """Store what was made of a call; on any error it stays as it is."""
        with self._over():
            self._store_both(packed)

    def _store_both(self, packed: Packed) -> None:
        if packed.cleaned is not None:
            self._store_cleaned(packed.number, packed.cleaned)
        if packed.call is None:
            return
        try:
            self._log.add(store(self._connection, packed.number, packed.call))
        except sqlite3.Error:
            self._given_up += [packed.number, *(later.number for later in self._packed)]
            self._packed.clear()  # it may refer to this one
            self._is_fresh = True

    def _store_cleaned(self, number: int, cleaned: Cleaned) -> None:
        """Store a call without the secrets that were in it, and have it packed."""
        self._is_fresh = True  # what is packed later must not refer to what is gone
        try:
            store_cleaned(self._connection, cleaned)
        except sqlite3.Error:
            self._given_up.append(number)
            return
        self.sweep.stale = True
        size = body_bytes(self._connection, number)
        self._waiting.appendleft((number, size))
        self._waiting_bytes += size
        self._log.add(size)

    def _is_running(self) -> bool:
        return self._process is not None

    def _started(self) -> PackingProcess | None:
        if not self._process:
            self._starts += 1
            with suppress(OSError):  # there may be no room for one
                self._process = PackingProcess(self._path, self._wake)
        return self._process

    def _finish_next(self, left_s: float) -> bool:
        """Do a little of what is left; return whether that was not all."""
        if self._packed:
            self._store(self._packed.popleft())
        elif self._asked is not None:
            self._take_answer(left_s)
        elif self._is_running() and self._waiting:
            self._ask_to_pack(_AT_A_TIME_AT_LAST, hurried=True)
        elif self._is_running() and self.sweep.is_due:
            self._ask_to_search(hurried=True)
        else:
            return False
        return True

    def _finish_index(self, until: float) -> None:
        """Store the index, if there is time; a reader can make it too."""
        if self._process:
            self._process.ask(MakeIndex())
            self._take_answer(max(until - time.monotonic(), 0))

    def _finish_here(self, until: float) -> None:
        here = PackingHere(self._connection, self._path, self._given_up, self.sweep, self._over)
        while time.monotonic() < until and here.turn(0) is not None:
            pass
        self._given_up = self._given_up[len(self._given_up) - here.left :]
        if not self._starts or self._is_short():
            here.index()

    def _search_here(self, until: float) -> None:
        """Search what there was no time to pack, and what is to be searched once more."""
        if self._given_up or self.sweep.is_due:
            # To search hundreds of megabytes takes minutes, in which it could not be ended.
            large = {number for number in self._given_up if not self._is_little([number])}
            little = [number for number in self._given_up if number not in large]
            here = PackingHere(self._connection, self._path, (), self.sweep, self._over)
            self.unsearched = [*here.search_unpacked(little, until), *large]
            here.search(until, _FEW_BYTES)

    def _is_short(self) -> bool:
        """Whether all of the recording is so short that its index is made in a moment."""
        (calls,) = self._connection.execute("SELECT count(*) FROM exchange").fetchone()
        return int(calls) <= _FEW_CALLS
