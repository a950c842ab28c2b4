"""The process that packs: what it does. The side of who asks is in :mod:`packing_process`."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from iai_proxy import child_process
from iai_proxy.recordings.cleaning import Cleaner
from iai_proxy.recordings.connecting import connect
from iai_proxy.recordings.indexing import Indexer
from iai_proxy.recordings.packed_rows import FilePacker, Packed
from iai_proxy.recordings.packing_process import (
    Answer,
    MadeIndex,
    MakeIndex,
    Pack,
    Question,
    Search,
)

#: Of a recording that is continued, what it held before is indexed little by little.
_INDEXED_AT_A_TIME: Final = 100
#: Of so many calls with 100 agents an index takes 100 MB while it is made. Of a larger recording
#: none is made beside a client: `iai-proxy pack` makes it afterwards.
_MOST_INDEXED: Final = 12_000


def main() -> None:
    """Pack what the writer asks for until that is gone."""
    connection = child_process.parent()
    with suppress(EOFError, OSError, sqlite3.Error):  # the writer is gone, or its file
        path: Path = connection.recv()
        packer = FilePacker(connect(path, "ro"), path)
        worker = _Worker(packer, path)
        while True:
            connection.send(worker.answer(connection.recv()))
    # Without closing the file: the last to close it clears up after a writer that was killed, which
    # can take long.
    os._exit(0)


class _Worker:
    """Answers the writer's questions."""

    def __init__(self, packer: FilePacker, path: Path) -> None:
        self._packer = packer
        self._indexer = Indexer(path, _MOST_INDEXED)
        self._cleaner = Cleaner(path)
        self._sweeper = Cleaner(path)
        self._marks: Mapping[str, bytes] = {}
        self._cleaned: set[int] = set()

    def answer(self, question: Question) -> Answer:
        if isinstance(question, MakeIndex):
            return MadeIndex(child_process.in_a_hurry(self._indexer.index))
        if isinstance(question, Pack) and question.marks is not None:
            self._marks = question.marks
        if question.hurried:
            return child_process.in_a_hurry(lambda: self._done(question))
        return self._done(question)

    def _done(self, question: Pack | Search) -> Answer:
        if isinstance(question, Search):
            cleaned = self._sweeper.clean(question.numbers, question.marks)
            if cleaned:  # the index of what was before is of no use
                self._indexer.restart()
            return [Packed(number, None, cleaned[number]) for number in cleaned]
        cleaned = self._cleaner.clean(question.numbers, self._marks)
        if question.fresh:
            self._packer.forget()
        # One that was cleaned already is packed, whatever a second search finds: else it never is.
        waiting = [number for number in cleaned if number not in self._cleaned]
        self._cleaned.update(waiting)
        packed = self._packer.pack(n for n in question.numbers if n not in waiting)
        packed += [Packed(number, None, cleaned[number]) for number in waiting]
        # What is stored by now.
        self._indexer.catch_up(min(question.numbers) - 1, most=_INDEXED_AT_A_TIME)
        return packed


if __name__ == "__main__":
    main()
