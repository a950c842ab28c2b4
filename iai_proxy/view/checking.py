"""Findings of a file, found in a process of the lowest priority and told when they are known.

A recording that is being written is checked as ``record`` checks it; once it is complete, or is
from the beginning, all of it is diagnosed. What is found live may not hold then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.diagnosis.check import Check, Located
from iai_proxy.diagnosis.live_process import LiveChecksProcess
from iai_proxy.diagnosis.whole_process import WholeDiagnosis
from iai_proxy.errors import IaiProxyError
from iai_proxy.view.reader import Reader

#: How often it is looked whether there is something to check, in seconds.
_EVERY_S: Final = 1.0

#: Takes the findings known by now, whether these are all, and why there are none: empty if the file
#: was checked.
Take = Callable[[Sequence[Located], bool, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Checker:
    """How files are checked.

    Attributes:
        checks: the checks to make.
        egos: indices of the agents that the client drives itself; None to infer them.
        turn: only one file is diagnosed at a time.
    """

    checks: Sequence[type[Check]]
    egos: Collection[int] | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Checking:
    """Checks one file again and again, as far as it changes.

    Args:
        reader: of the file.
        checker: how.
        take: takes the findings.
    """

    def __init__(self, reader: Reader, checker: Checker, take: Take) -> None:
        self._reader = reader
        self._checker = checker
        self._take = take

    async def run(self) -> None:
        """Check as long as the server runs."""
        checked = None
        while True:
            await asyncio.sleep(_EVERY_S)
            reader = self._reader
            if reader.has_calls and reader.is_live:
                await self._check_live()
            elif reader.has_calls and not reader.more and checked != reader.stamp:
                checked = reader.stamp
                await self._check_whole()

    async def _check_live(self) -> None:
        """Tell of findings while the file is being written."""
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[Located] = asyncio.Queue()

        def tell(located: Located) -> None:
            loop.call_soon_threadsafe(told.put_nowait, located)

        checker, found = self._checker, list[Located]()
        path, from_the_first_call = self._reader.path, 0
        with LiveChecksProcess(path, checker.checks, tell, checker.egos, from_the_first_call):
            while self._reader.is_live:
                try:
                    found.append(await asyncio.wait_for(told.get(), _EVERY_S))
                except TimeoutError:
                    continue
                await self._take(found, False, "")

    async def _check_whole(self) -> None:
        """Diagnose the whole file, once no other one is being diagnosed."""
        checker = self._checker
        async with checker.turn:
            with WholeDiagnosis(self._reader.path, checker.checks, checker.egos) as process:
                try:
                    diagnosis = await asyncio.to_thread(process.result)
                except IaiProxyError as error:  # it ended early
                    await self._take((), False, str(error))
                    return
        await self._take(diagnosis.located, not diagnosis.error, diagnosis.unchecked)
