"""The process that divides large calls. The side of who asks is in :mod:`dividing`."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from typing import Any, Final

from iai_proxy import child_process
from iai_proxy.large.answers import AnswerError
from iai_proxy.large.division import DIVISIONS, Division
from iai_proxy.large.initialize import RegionFailedError
from iai_proxy.large.payload import PayloadError
from iai_proxy.session.dividing import DividingError

#: Memory that it may have, bytes: 10,000 agents take a fifth of it.
_MEMORY: Final = 1_000_000_000
#: What a division raises.
_EXPECTED: Final = (AnswerError, PayloadError, RegionFailedError)


def main() -> None:
    """Do one piece of work after another, until no one asks."""
    connection = child_process.parent()
    _limit_memory()
    gc.disable()  # it would look at millions of numbers while they are read
    gc.freeze()
    division: Division | None = None
    with suppress(EOFError, OSError):
        while True:
            name, arguments, coding = connection.recv()
            if coding is not None:
                body = b"".join(iter(connection.recv_bytes, b""))
                arguments = (*arguments, (body, coding))
            answer: Any = None
            try:
                if name == "begin":
                    division = None
                    gc.collect()
                    endpoint, given = arguments
                    division = DIVISIONS[endpoint](given)
                    answer = division.count, division.parts, division.concurrency
                else:
                    answer = getattr(division, name)(*arguments)
                if name == "merged":
                    division = None  # its memory is free for the next
            except _EXPECTED as error:
                answer = error
            except (MemoryError, SystemError):  # the latter is how orjson raises the former
                answer = DividingError(_MEMORY_IS_SHORT)
            except Exception as error:
                answer = DividingError(f"an error in dividing: {error!r}; please report it")
            connection.send(answer)
    os._exit(0)


def _limit_memory() -> None:
    """Let the system refuse memory to this process before other programs lack it."""
    with suppress(ImportError, OSError, ValueError):  # Windows; a lower limit is set already
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


_MEMORY_IS_SHORT: Final = (
    f"a large call takes more than {_MEMORY // 1_000_000} MB of memory to divide: make it smaller"
)


if __name__ == "__main__":
    main()
