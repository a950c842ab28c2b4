"""Processes of our own with the lowest priority, so that no call waits for what they do.

The two processes are joined by a pair of sockets; each message is a pickled value. The child ends
when its end is closed, so it never outlives its parent, however that ends.

No one may raise a priority that was lowered, not even one's own. So a thread is kept aside that
still has the parent's, for what someone waits for (:func:`in_a_hurry`).
"""

from __future__ import annotations

import os
import runpy
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Final, TypeVar

Made = TypeVar("Made")

#: The lowest priority there is.
_NICENESS: Final = 19
#: On Linux each thread has a priority of its own.
_HAVE_THREADS_PRIORITIES: Final = sys.platform == "linux"


def start(module: str) -> tuple[subprocess.Popen[bytes], Connection]:
    """Run a module, which calls :func:`parent`, as a child; return it with the way to speak to it.

    Its priority is the lowest before it has imported the module.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            # -P and PYTHONPATH: it imports from where we do, and not from the client's folder.
            [sys.executable, "-P", "-m", __name__, module],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            # Ctrl-C is for the client. In a session of its own, as opposed to a process group, it
            # might have a share of the processor regardless of its priority: sched(7).
            process_group=0,
        )
    return process, Connection(ours.detach())


def parent() -> Connection:
    """Return the way to speak to what started this process."""
    return Connection(os.dup(0))


def in_a_hurry(make: Callable[[], Made]) -> Made:
    """Return what ``make`` returns, made with the parent's priority where the system allows it.

    Raises:
        BaseException: what ``make`` raises.
    """
    if not _HURRYING:
        return make()
    future: Future[Made] = Future()
    _HURRYING[0].put((make, future))
    return future.result()


#: What the thread that is kept aside waits for; empty in a process that has none.
_HURRYING: Final[list[SimpleQueue[tuple[Callable[[], Any], Future[Any]]]]] = []


def _hurry() -> None:
    while True:
        make, future = _HURRYING[0].get()
        try:
            future.set_result(make())
        except BaseException as error:
            future.set_exception(error)


def _main(module: str) -> None:
    if _HAVE_THREADS_PRIORITIES:
        _HURRYING.append(SimpleQueue())
        threading.Thread(target=_hurry, name="iai-proxy-hurry", daemon=True).start()
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    # As a module of its own name: what it runs imports it too.
    from iai_proxy.child_process import _main as main

    main(sys.argv[1])
