"""Time in which nothing waits for real: who waits moves a clock on, and others may come first.

So a large call is answered at once, on one thread, and what it would have waited is known in the
end. Its parts are decided in the order in which they would be if they waited.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Coroutine, Generator, Sequence
from types import coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


class Instant:
    """A clock that begins at 0; see :class:`iai_proxy.session.part_calls.Time`."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Return the seconds that were waited."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait: those who wait for less go on before this."""
        await _pause(seconds)

    async def together(
        self, workers: Sequence[Coroutine[Any, Any, None]]
    ) -> Sequence[BaseException]:
        """Run all to their ends, whose turn it is first; return what they raised."""
        failures: list[BaseException] = []
        turns = [(self._now, number, worker) for number, worker in enumerate(workers)]
        while turns:
            self._now, number, worker = heapq.heappop(turns)
            try:
                pause = worker.send(None)
            except StopIteration:
                continue
            except Exception as error:
                failures.append(error)
            else:
                heapq.heappush(turns, (self._now + pause, number, worker))
        return failures

    async def work(self, task: Callable[[], _T]) -> _T:
        """Do it: no one else waits on this thread."""
        return task()

    def run(self, main: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine that waits only by this clock, and return what it returns."""
        while True:
            try:
                self._now += main.send(None)
            except StopIteration as ended:
                result: _T = ended.value
                return result


@coroutine
def _pause(seconds: float) -> Generator[float, None, None]:
    yield seconds
