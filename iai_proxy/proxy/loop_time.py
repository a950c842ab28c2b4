"""The event loop's time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor
from typing import Any, TypeVar

_T = TypeVar("_T")


class LoopTime:
    """Waits in the event loop; see :class:`iai_proxy.session.part_calls.Time`.

    Args:
        threads: where work waits that would block the loop.
    """

    def __init__(self, threads: Executor) -> None:
        self._threads = threads

    def now(self) -> float:
        """Return seconds that only go on."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def together(
        self, workers: Sequence[Coroutine[Any, Any, None]]
    ) -> Sequence[BaseException]:
        """Run all to their ends; return what they raised."""
        tasks = [asyncio.create_task(worker) for worker in workers]
        await asyncio.wait(tasks)
        return [error for task in tasks if (error := task.exception())]

    async def work(self, task: Callable[[], _T]) -> _T:
        """Do work on a thread that would block the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, task)


async def on_thread(task: Callable[[], _T]) -> _T:
    """Do work on a thread that would block the event loop."""
    return await asyncio.get_running_loop().run_in_executor(None, task)
