"""The process that packs: what it does. The side of who asks is in :mod:`packing_process`."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from iai_proxy import child_process
from iai_proxy.recordings.connecting import connect
from iai_proxy.recordings.indexing import Indexer
from iai_proxy.recordings.packed_rows import FilePacker
from iai_proxy.recordings.packing_process import (
    Answer,
    MadeIndex,
    MakeIndex,
    Pack,
    Question,
)

#: Of a recording that is continued, what it held before is indexed little by little.
_INDEXED_AT_A_TIME: Final = 100


def main() -> None:
    """Pack what the writer asks for until that is gone."""
    connection = child_process.parent()
    with suppress(EOFError, OSError, sqlite3.Error):  # the writer is gone, or its file
        path: Path = connection.recv()
        packer = FilePacker(connect(path, "ro"), path)
        indexer = Indexer(path)
        while True:
            connection.send(_answer(connection.recv(), packer, indexer))
    # Without closing the file: the last to close it clears up after a writer that was killed, which
    # can take long.
    os._exit(0)


def _answer(question: Question, packer: FilePacker, indexer: Indexer) -> Answer:
    if isinstance(question, MakeIndex):
        return MadeIndex(child_process.in_a_hurry(indexer.index))
    if question.hurried:
        return child_process.in_a_hurry(lambda: _packed(question, packer, indexer))
    return _packed(question, packer, indexer)


def _packed(question: Pack, packer: FilePacker, indexer: Indexer) -> Answer:
    if question.fresh:
        packer.forget()
    packed = packer.pack(question.numbers)
    indexer.catch_up(min(question.numbers) - 1, most=_INDEXED_AT_A_TIME)  # what is stored by now
    return packed


if __name__ == "__main__":
    main()
