"""Processes of our own. Most have the lowest priority, so that no call waits for what they do.

The two processes are joined by a pair of sockets; each message is a pickled value. The child ends
when its end is closed, so it never outlives its parent, however that ends. One that is stopped just
then would not notice; on Linux it is killed.

No one may raise a priority that was lowered, not even one's own. So a thread is kept aside that
still has the parent's, for what someone waits for (:func:`in_a_hurry`).
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from iai_proxy.saying import unread_is_dropped

Made = TypeVar("Made")

#: The lowest priority there is.
_NICENESS: Final = 19
#: There each thread has a priority of its own, and a child can be killed with its parent.
_IS_LINUX: Final = sys.platform == "linux"
#: Asks for a signal when the thread ends that started this process (prctl(2)).
_PR_SET_PDEATHSIG: Final = 1


class _Thread:
    """A thread that lasts as long as its process, and does what others ask it to."""

    def __init__(self, name: str) -> None:
        self._asked: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def do(self, make: Callable[[], Made]) -> Made:
        """Return what ``make`` returns.

        Raises:
            BaseException: what ``make`` raises.
        """
        future: Future[Made] = Future()
        self._asked.put((make, future))
        return future.result()

    def _run(self) -> None:
        while True:
            make, future = self._asked.get()
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)


@cache
def _starter() -> _Thread:
    """What starts children: on Linux they are killed with the thread that started them."""
    return _Thread("iai-proxy-starter")


os.register_at_fork(after_in_child=_starter.cache_clear)  # a fork has none of our threads


def start(module: str, *, is_nice: bool = True) -> tuple[subprocess.Popen[bytes], Connection]:
    """Run a module, which calls :func:`parent`, as a child; return it with the way to speak to it.

    Args:
        module: its name.
        is_nice: whether its priority is the lowest, before it has imported the module.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = _starter().do(lambda: _run(module, theirs, _NICENESS if is_nice else 0))
    return process, Connection(ours.detach())


def _run(module: str, stdin: socket.socket, niceness: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        # -P and PYTHONPATH: it imports from where we do, and not from the client's folder.
        [sys.executable, "-P", "-m", __name__, module, str(os.getpid()), str(niceness)],
        stdin=stdin.fileno(),
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        # Ctrl-C is for the client. In a session of its own, as opposed to a process group, it
        # might have a share of the processor regardless of its priority: sched(7).
        process_group=0,
    )


def parent() -> Connection:
    """Return the way to speak to what started this process."""
    return Connection(os.dup(0))


def in_a_hurry(make: Callable[[], Made]) -> Made:
    """Return what ``make`` returns, made with the parent's priority where the system allows it.

    Raises:
        BaseException: what ``make`` raises.
    """
    return _HURRYING[0].do(make) if _HURRYING else make()


#: The thread that is kept aside; nothing in a process that has none.
_HURRYING: Final[list[_Thread]] = []


def _end_with_parent(parent_pid: int) -> None:
    """Have this process killed when its parent ends, even while it is stopped."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # it ended before
        os._exit(1)


def _main(module: str, parent_pid: int, niceness: int = _NICENESS) -> None:
    if _IS_LINUX:
        _end_with_parent(parent_pid)
        _HURRYING.append(_Thread("iai-proxy-hurry"))
    with suppress(OSError):
        os.nice(niceness)
    with unread_is_dropped():
        try:
            runpy.run_module(module, run_name="__main__")
        except Exception:
            traceback.print_exc()  # here, where what can't be seen is escaped
            sys.exit(1)


if __name__ == "__main__":
    # As a module of its own name: what it runs imports it too.
    from iai_proxy.child_process import _main as main

    main(sys.argv[1], *map(int, sys.argv[2:]))
