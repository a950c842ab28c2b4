"""Processes of our own with the lowest priority, so that no call waits for what they do.

The two processes are joined by a pair of sockets; each message is a pickled value. The child ends
when its end is closed, so it never outlives its parent, however that ends.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Final

#: The lowest priority there is.
_NICENESS: Final = 19


def start(module: str) -> tuple[subprocess.Popen[bytes], Connection]:
    """Run a module, which calls :func:`parent`, as a child; return it with the way to speak to it.

    Its priority is the lowest before it has imported anything.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            # -P and PYTHONPATH: it imports from where we do, and not from the client's folder.
            [sys.executable, "-P", "-m", module],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            # Ctrl-C is for the client. In a session of its own, as opposed to a process group, it
            # might have a share of the processor regardless of its priority: sched(7).
            process_group=0,
        )
    with suppress(OSError):  # it has ended already
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
    return process, Connection(ours.detach())


def parent() -> Connection:
    """Return the way to speak to what started this process."""
    return Connection(os.dup(0))
