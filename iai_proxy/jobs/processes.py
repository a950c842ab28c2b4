"""Items worked on in processes of this machine, each of which has one item at a time.

So it is known which item a process ended with. They are processes as :mod:`iai_proxy.child_process`
has them: none outlives this one, however it ends.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from typing import Any, Final, Generic, TypeVar

from iai_proxy import child_process
from iai_proxy.jobs.outcome import DEADLY, Outcome, Tell, failed

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHILD: Final = "iai_proxy.jobs.process_worker"
#: How often an item is tried that ends the process which works on it.
_TRIES: Final = 3
#: How many items for each process are under way, or done while one before them is not.
_AHEAD: Final = 4


def in_processes(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    processes: int,
    tell: Tell | None = None,
) -> Iterator[Outcome[Result]]:
    """Yield what comes of each item, in order. See :func:`iai_proxy.jobs.each`."""
    crew: _Crew[Item, Result] = _Crew(function, items, processes)
    try:
        yield from crew.outcomes(tell)
    finally:
        crew.end()


class _Worker:
    """A process, and the item that it works on: its number, or None."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._process, self.connection = child_process.start(_CHILD, is_nice=False)
        self.number: int | None = None
        self._send(function)

    def give(self, number: int, item: Any) -> None:
        self.number = number
        self._send(item)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self.connection.close()

    def _send(self, value: Any) -> None:
        with suppress(OSError):  # it has ended: whoever waits for its answer is told so
            self.connection.send(value)


class _Crew(Generic[Item, Result]):
    def __init__(
        self, function: Callable[[Item], Result], items: Sequence[Item], processes: int
    ) -> None:
        self._function = function
        self._items = items
        self._processes = processes
        self._workers: list[_Worker] = []
        self._next = 0
        self._again: deque[int] = deque()
        self._ended: Counter[int] = Counter()
        self._done: dict[int, Outcome[Result]] = {}

    def outcomes(self, tell: Tell | None) -> Iterator[Outcome[Result]]:
        for number in range(len(self._items)):
            self._hand_out(number)
            while number not in self._done:
                self._collect()
                self._hand_out(number)
                if tell:
                    tell(number + len(self._done), len(self._items))
            yield self._done.pop(number)

    def end(self) -> None:
        for worker in self._workers:
            worker.end()

    def _hand_out(self, first: int) -> None:
        """Give each process that has nothing to do an item; start more if there is work for them.

        Args:
            first: number of the item that is waited for.
        """
        limit = min(first + self._processes * _AHEAD, len(self._items))
        while self._again or self._next < limit:
            worker = self._idle()
            if worker is None:
                return
            if self._again:
                number = self._again.popleft()
            else:
                number, self._next = self._next, self._next + 1
            worker.give(number, self._items[number])

    def _idle(self) -> _Worker | None:
        for worker in self._workers:
            if worker.number is None:
                return worker
        if len(self._workers) == self._processes:
            return None
        self._workers.append(_Worker(self._function))
        return self._workers[-1]

    def _collect(self) -> None:
        """Wait for an answer, or for the end of a process."""
        working = [worker for worker in self._workers if worker.number is not None]
        ready = wait([worker.connection for worker in working])
        for worker in working:
            if worker.connection in ready and worker.number is not None:
                self._take(worker, worker.number)

    def _take(self, worker: _Worker, number: int) -> None:
        worker.number = None
        try:
            self._done[number] = worker.connection.recv()
        except (EOFError, OSError):
            self._workers.remove(worker)
            worker.end()
            self._try_again(number)

    def _try_again(self, number: int) -> None:
        self._ended[number] += 1
        if self._ended[number] < _TRIES:
            self._again.append(number)
        else:
            self._done[number] = failed(DEADLY)
