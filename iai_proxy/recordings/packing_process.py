"""The process that packs a recording while another one writes it.

It only reads. What it makes of a call goes back to the writer, which stores it: a process with the
lowest priority that held SQLite's lock could keep a call waiting for as long as it is not its turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple

from iai_proxy import child_process
from iai_proxy.recordings.indexing import Index
from iai_proxy.recordings.packed_rows import Packed

#: What it runs (:mod:`iai_proxy.recordings.packing_child`).
_MODULE: Final = "iai_proxy.recordings.packing_child"


class Pack(NamedTuple):
    """Asks for calls to be packed.

    Attributes:
        numbers: of the calls.
        fresh: whether those before did not get into the file.
        hurried: whether someone waits for it, so that it has the priority of who asks.
        marks: secrets that are searched for from now on, each with what replaces it; None for
            those of the question before.
    """

    numbers: Sequence[int]
    fresh: bool
    hurried: bool = False
    marks: Mapping[str, bytes] | None = None


class Search(NamedTuple):
    """Asks for packed calls to be searched for secrets once more.

    Attributes:
        numbers: of the calls.
        marks: the secrets, each with what replaces it.
        hurried: whether someone waits for it.
    """

    numbers: Sequence[int]
    marks: Mapping[str, bytes]
    hurried: bool = False


class MakeIndex(NamedTuple):
    """Asks for the index of all calls, when all are packed."""


class MadeIndex(NamedTuple):
    """Answers it.

    Attributes:
        made: the index; None where it can't be made.
    """

    made: Index | None


class Gone(NamedTuple):
    """What is received once the process has ended."""


Question = Pack | Search | MakeIndex
Answer = list[Packed] | MadeIndex | Gone


class PackingProcess:
    """A running process that packs. It answers one question after another.

    Args:
        path: the recording.
        wake: called, on a thread, when there is an answer.
    """

    def __init__(self, path: Path, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._process, self._connection = child_process.start(_MODULE)
        self._thread = threading.Thread(target=self._listen, name="iai-proxy-packing", daemon=True)
        self._thread.start()
        self._say(path)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, question: Question) -> None:
        """Ask; the answer to the question before must have come."""
        self._say(question)

    def answer(self, timeout_s: float = 0) -> Answer | None:
        """Return an answer, or None if there is none in time."""
        try:
            return self._answers.get(timeout=timeout_s)
        except Empty:
            return None

    def end(self) -> None:
        """End it, whatever it does just then: it writes nothing that could be left half done."""
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._connection.close()

    def _say(self, message: Path | Question) -> None:
        with suppress(OSError):  # it has ended, which the thread notices
            self._connection.send(message)

    def _listen(self) -> None:
        with suppress(EOFError, OSError):  # it has ended
            while True:
                self._answers.put(self._connection.recv())
                self._wake()
        self._answers.put(Gone())
        self._wake()
