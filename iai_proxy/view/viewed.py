"""One file that is watched: read a batch at a time, its answers made when they are asked for.

Nothing here blocks the event loop: reading and encoding run on threads, one at a time for a file,
in the order in which they were asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from starlette.responses import Response

from iai_proxy.diagnosis.check import Located
from iai_proxy.scene.palette import Theme
from iai_proxy.view.checking import Checker, Checking
from iai_proxy.view.events import Events
from iai_proxy.view.reader import Reader

T = TypeVar("T")

#: How often a file that is watched is looked at, in seconds.
_EVERY_S: Final = 0.4
#: And one that only the start page shows.
_SELDOM_S: Final = 2.0
#: How long a browser takes until it asks for what it was just told of.
_ASKING_S: Final = 0.05


class Viewed:
    """A file, for use on the event loop.

    Args:
        number: its place on the start page, from 1.
        reader: reads it.
        checker: looks for what is wrong in it; None for nothing.
        listed: what the start page tells of all files.
    """

    def __init__(
        self, number: int, reader: Reader, checker: Checker | None, listed: Events
    ) -> None:
        self.number = number
        self.events = Events()
        self._reader = reader
        if checker is None:
            reader.not_yet = "left out by --no-check"
        self._checking = Checking(self._reader, checker, self._take) if checker else None
        self._listed = listed
        self._looking = asyncio.Lock()
        self._answering = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._called = asyncio.Event()
        self._row: dict[str, Any] = {}
        self._row_is_old = True

    @property
    def row(self) -> dict[str, Any]:
        """Its line of the start page, as far as it is known."""
        return {"number": self.number, "name": self._reader.path.name, **self._row}

    def start(self) -> None:
        """Begin to read and to check, if that has not begun."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._follow())]
            if self._checking:
                self._tasks.append(asyncio.create_task(self._checking.run()))

    def watched(self) -> Response:
        """Return the stream of what changes from now on."""
        self.start()
        self._called.set()
        return self.events.response({"state": self._reader.state})

    def list_now(self) -> None:
        """Tell the start page soon: it was opened."""
        self.start()
        self._called.set()

    async def end(self) -> None:
        """Stop reading, and close the file."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._looking, self._answering:
            self._reader.close()

    async def index(self) -> bytes:
        """Return the index, as far as the file has been read."""
        return await self._answer(self._reader.index)

    async def overview(self, simulation: int, branch: int) -> bytes:
        """Return the overview of a branch.

        Raises:
            IaiProxyError: there is no such branch, or it can't be read.
        """
        return await self._answer(self._reader.overview, simulation, branch)

    async def chunk(self, simulation: int, branch: int, steps: range) -> bytes:
        """Return steps of a branch.

        Raises:
            IaiProxyError: there are no such steps, or they can't be read.
        """
        return await self._answer(self._reader.chunk, simulation, branch, steps)

    async def picture(self, simulation: int) -> tuple[bytes, str]:
        """Return the picture of the ground, and its media type.

        Raises:
            IaiProxyError: there is none.
        """
        return await self._answer(self._reader.picture, simulation)

    async def small_picture(self, theme: Theme) -> bytes:
        """Return a small picture of the run, in these colours.

        Raises:
            IaiProxyError: there is nothing to be seen.
        """
        return await self._answer(self._reader.small_picture, theme)

    async def _answer(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do what needs the file, once it has been looked at for the first time."""
        self.start()
        if not self._reader.looked:
            await self._look()
        async with self._answering:
            return await asyncio.to_thread(work, *arguments)

    async def _follow(self) -> None:
        """Read what is there and what comes in, as long as the server runs."""
        while True:
            if await self._look():
                self._tell("grew")
            if self._reader.more:
                await self._let_answer()
            else:
                await self._list()
                await self._pause(_EVERY_S if self.events.watched else _SELDOM_S)

    async def _let_answer(self) -> None:
        """Let browsers have what they ask for first: reading would make them wait."""
        await asyncio.sleep(_ASKING_S)
        async with self._answering:
            pass

    async def _pause(self, seconds: float) -> None:
        """Wait, but not if someone begins to look."""
        self._called.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._called.wait(), seconds)

    async def _look(self) -> bool:
        async with self._looking:
            return await asyncio.to_thread(self._reader.look)

    async def _take(self, located: Sequence[Located], is_all: bool, unchecked: str) -> None:
        """Take the findings that are known by now, or why there are none."""
        self._reader.take(located, is_all, unchecked)
        self._tell("problems")

    def _tell(self, kind: str) -> None:
        self.events.tell(kind, self._reader.state)
        self._row_is_old = True

    async def _list(self) -> None:
        """Tell the start page, if it is open and there is anything new."""
        if self._row_is_old and self._listed.watched:
            self._row_is_old = False
            async with self._answering:
                self._row = await asyncio.to_thread(self._reader.summary)
            self._listed.tell(f"run {self.number}", self.row)
