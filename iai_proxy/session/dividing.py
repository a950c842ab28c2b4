"""Large calls are divided in processes of their own, so that no other call waits for it.

A process has one large call at a time, and is kept for the next. It is killed if it takes too long
or no one waits for it any more; the next large call then starts another one.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from selectors import EVENT_WRITE, DefaultSelector
from subprocess import Popen
from typing import Any, Final

from iai_proxy import child_process
from iai_proxy.errors import IaiProxyError
from iai_proxy.large.division import Coded

#: What a process runs (:mod:`iai_proxy.session.dividing_child`).
_MODULE: Final = "iai_proxy.session.dividing_child"
#: How long a piece of work may take, s: to divide a call, or to merge its answers.
WORK_S: Final = 30.0
#: How often is looked whether someone still waits for it, s.
_LOOK_S: Final = 0.1
#: Bytes that are sent at a time: as soon as a pair of sockets takes any, it takes so many.
_PIECE: Final = 1 << 15
#: How many large calls are worked on at once; others wait.
MOST: Final = 32
#: How many processes are kept that have nothing to do.
_MOST_IDLE: Final = 4


class DividingError(IaiProxyError):
    """A large call could not be divided, or its answers not merged, through no fault of its own."""


class BrokenOffError(Exception):
    """No one waits for it any more."""


class Divider:
    """A process that divides a large call; see :mod:`iai_proxy.large.division`.

    Raises:
        DividingError: it can't be started.
    """

    def __init__(self) -> None:
        try:
            self._process, self._connection = child_process.start(_MODULE, is_nice=False)
        except OSError as error:
            raise DividingError(f"no process can be started that divides it ({error})") from error
        self._turn = threading.Lock()
        self.has_ended = False
        self._end = weakref.finalize(self, _end, self._process, self._connection)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def is_there(self) -> bool:
        """Whether it runs."""
        return not self.has_ended and self._process.poll() is None

    @property
    def is_busy(self) -> bool:
        """Whether an answer of it is being waited for."""
        return self._turn.locked()

    def ask(
        self,
        is_broken_off: Callable[[], bool],
        name: str,
        *arguments: Any,
        coded: Coded | None = None,
    ) -> Any:
        """Have it do a piece of work, and wait for what comes of it.

        Args:
            is_broken_off: tells whether no one waits for it any more.
            name: a method of the division; ``begin`` makes one.
            arguments: of the method.
            coded: its last argument, a body that travelled; None if there is none.

        Raises:
            DividingError: it took too long, or ended.
            BrokenOffError: no one waits for it any more.
            Exception: what the division raises.
        """
        with self._turn:
            try:
                waiting = _Waiting(is_broken_off)
                self._send(name, arguments, coded, waiting)
                while not self._connection.poll(_LOOK_S):
                    waiting.goes_on()
                answer = self._connection.recv()
            except (OSError, EOFError):
                self.end()
                raise DividingError(_ENDED.format(self._process.returncode)) from None
            except (DividingError, BrokenOffError):
                self.end()
                raise
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self) -> None:
        """End it, whatever it does just then."""
        self.has_ended = True
        self._end()

    def _send(
        self, name: str, arguments: Sequence[Any], coded: Coded | None, waiting: _Waiting
    ) -> None:
        """Send a question; its body in pieces for which there is room, as all at once may last."""
        body, coding = coded or (b"", None)
        self._connection.send((name, arguments, coding))
        if coding is None:
            return
        with DefaultSelector() as selector:
            selector.register(self._connection, EVENT_WRITE)
            for start in range(0, len(body), _PIECE):
                while not selector.select(_LOOK_S):
                    waiting.goes_on()
                self._connection.send_bytes(body[start : start + _PIECE])
        self._connection.send_bytes(b"")


class _Waiting:
    """The wait for a piece of work."""

    def __init__(self, is_broken_off: Callable[[], bool]) -> None:
        self._is_broken_off = is_broken_off
        self._until = time.monotonic() + WORK_S

    def goes_on(self) -> None:
        """Return if it is to go on.

        Raises:
            DividingError: it took too long.
            BrokenOffError: no one waits any more.
        """
        if self._is_broken_off():
            raise BrokenOffError
        if time.monotonic() > self._until:
            raise DividingError(_TOO_LONG)


class Dividers:
    """The processes of a proxy that divide. Safe to use from several threads."""

    def __init__(self) -> None:
        self._idle: list[Divider] = []
        self._lock = threading.Lock()

    def take(self) -> Divider:
        """Return a process that has nothing to do; start one if there is none.

        Raises:
            DividingError: it can't be started.
        """
        with self._lock:
            while self._idle:
                kept = self._idle.pop()
                if kept.is_there():
                    return kept
        return Divider()

    def give_back(self, divider: Divider) -> None:
        """Keep a process for the next large call, or end it if it still works on this one."""
        with self._lock:
            if not (divider.is_busy or divider.has_ended) and len(self._idle) < _MOST_IDLE:
                self._idle.append(divider)
                return
        divider.end()

    def end(self) -> None:
        """End those that have nothing to do."""
        with self._lock:
            while self._idle:
                self._idle.pop().end()


def _end(process: Popen[bytes], connection: Connection) -> None:
    process.kill()
    process.wait()
    connection.close()


_ENDED: Final = (
    "the process that divides large calls has ended ({}): it was killed, or its memory did not "
    "suffice; make the call again, or make it smaller"
)
_TOO_LONG: Final = (
    f"a large call takes more than {WORK_S:.0f} s to divide, or its answers to merge: make it "
    "smaller"
)
