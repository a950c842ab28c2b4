"""All files that are shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException

from iai_proxy.view.checking import Checker
from iai_proxy.view.events import Events
from iai_proxy.view.reader import Reader
from iai_proxy.view.viewed import Viewed


class Shelf:
    """The files, numbered from 1.

    Args:
        readers: of the files.
        checker: looks for what is wrong in them; None for nothing.
    """

    def __init__(self, readers: Sequence[Reader], checker: Checker | None = None) -> None:
        self.events = Events()
        self._viewed = {
            number: Viewed(number, reader, checker, self.events)
            for number, reader in enumerate(readers, start=1)
        }

    def __len__(self) -> int:
        return len(self._viewed)

    def viewed(self, number: int) -> Viewed:
        """Return a file.

        Raises:
            HTTPException: there is none of that number.
        """
        if number not in self._viewed:
            raise HTTPException(404, f"there are files 1 to {len(self)}, and no file {number}")
        return self._viewed[number]

    def wake(self) -> None:
        """Begin to read all files."""
        for viewed in self._viewed.values():
            viewed.list_now()

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return the lines of the start page, by what they are told as."""
        return {f"run {number}": viewed.row for number, viewed in self._viewed.items()}

    def end_streams(self) -> None:
        """End all streams: the server stops."""
        self.events.end()
        for viewed in self._viewed.values():
            viewed.events.end()

    async def end(self) -> None:
        """Stop reading, and close the files."""
        await asyncio.gather(*(viewed.end() for viewed in self._viewed.values()))
