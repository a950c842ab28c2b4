"""A child of our own goes on as long as its parent process, and no longer."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from support.recordings import python

from iai_proxy import child_process

#: What a child may run: it waits for what its parent says, and says it again.
ECHO = "support.echoing"

#: A parent that prints its child's number once that runs.
PARENT = f"""
    import sys, time
    from iai_proxy import child_process
    process, connection = child_process.start("{ECHO}")
    connection.send("running")
    print(process.pid, connection.recv(), flush=True)
    sys.stdin.readline()
"""


def is_there(pid: int) -> bool:
    """Whether a process runs or is stopped; one that waits to be reaped (proc(5): Z) is not."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return False
    return after_name.split()[0] not in {"Z", "X"}


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="no other kills it with its parent")


@on_linux
def test_a_stopped_child_does_not_outlive_a_parent_that_is_killed() -> None:
    with python(PARENT) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline().split()[0])
        os.kill(pid, signal.SIGSTOP)
        assert is_there(pid)
        parent.kill()
    try:
        until = time.monotonic() + 60
        while is_there(pid) and time.monotonic() < until:
            time.sleep(0.01)
        assert not is_there(pid)
    finally:
        if is_there(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_child_outlives_the_thread_that_asked_for_it() -> None:
    started = []
    thread = threading.Thread(target=lambda: started.append(child_process.start(ECHO)))
    thread.start()
    thread.join()
    ((process, connection),) = started
    with process, connection:
        for said in ("one", "two"):
            connection.send(said)
            assert connection.recv() == said
        process.kill()


@on_linux
def test_a_child_whose_parent_is_gone_before_it_asks_ends() -> None:
    code = """
        import os, sys
        from iai_proxy.child_process import _main
        _main("support.echoing", os.getppid() + 1)
    """
    with python(code) as child:
        assert child.wait(60) == 1
