"""Processes of the benchmarks, and what their whole trees use."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

READY_TIMEOUT_S = 120.0
_POLL_S = 0.005
_BECOME_SUBREAPER = 36  # prctl(PR_SET_CHILD_SUBREAPER, 1)


def clean_environment() -> dict[str, str]:
    """Return the environment without proxies and without settings of ours or the SDK."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("IAI_") and not name.lower().endswith("_proxy")
    }


def adopt_orphans() -> None:
    """Become the parent of what a proxy leaves behind, so that its work is counted (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_BECOME_SUBREAPER, 1, 0, 0, 0)


class Used(NamedTuple):
    """What a process and all its descendants have used, from start to end."""

    cpu_s: float
    stop_s: float


class Proxy:
    """A proxy that runs in processes of its own."""

    def __init__(self, command: Sequence[str], log: Path, **environment: str) -> None:
        self._others = _children()
        self._log = log
        self.begun, self.ready_s = time.perf_counter(), 0.0
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                command,
                env={**clean_environment(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._process = psutil.Process(self._popen.pid)

    def wait_for(self, port: int) -> None:
        """Wait until it listens; `ready_s` then says how long that took."""
        while time.perf_counter() - self.begun < READY_TIMEOUT_S:
            if self.has_ended():
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                self.ready_s = time.perf_counter() - self.begun
                return
            time.sleep(_POLL_S)
        raise RuntimeError(f"nothing listens on {port}:\n{self._log.read_text()[-3000:]}")

    def cpu_s(self) -> float:
        """Seconds of processor time up to now, of the tree."""
        return sum(_cpu_s(process) for process in self.tree())

    def memory_mb(self) -> float:
        """What the tree holds now; memory that several processes share is counted once."""
        return sum(_memory_mb(process) for process in self.tree())

    def own_memory_mb(self) -> float:
        """What the process that listens holds now."""
        return _memory_mb(self._process)

    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def stop(self) -> Used:
        """End it as a user does, and return what it has used."""
        begun = time.perf_counter()
        self._popen.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(self._popen.pid, 0)
        stop_s = time.perf_counter() - begun
        self._popen.returncode = os.waitstatus_to_exitcode(status)
        cpu_s = usage.ru_utime + usage.ru_stime
        for orphan in _children() - self._others:
            _, _, more = os.wait4(orphan, 0)
            cpu_s += more.ru_utime + more.ru_stime
        return Used(cpu_s, stop_s)

    def tree(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            return [self._process, *self._process.children(recursive=True)]
        return []


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def _cpu_s(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        times = process.cpu_times()
        waited = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        used: float = times.user + times.system + waited
        return used
    return 0.0


def _memory_mb(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        memory = process.memory_full_info()
        size: float = getattr(memory, "pss", 0) or memory.rss
        return size / 1e6
    return 0.0


@contextlib.contextmanager
def running(command: Sequence[str], port: int, log: Path, **environment: str) -> Iterator[Proxy]:
    """Run a server while the block runs, from when it listens on a port."""
    proxy = Proxy(command, log, **environment)
    try:
        proxy.wait_for(port)
        yield proxy
    finally:
        if not proxy.has_ended():
            proxy.stop()


class Peak(NamedTuple):
    seconds: float
    cpu_s: float
    memory_mb: float  # the most that the tree held at a time; what is shared counts twice


def measured(command: Sequence[str], *, most_s: float | None = None, **environment: str) -> Peak:
    """Run a command to its end; its output is dropped.

    Raises:
        RuntimeError: it ended with anything but 0 or 1, which says that something was found.
        TimeoutError: it was killed, as it took more than `most_s`.
    """
    begun = time.perf_counter()
    with subprocess.Popen(
        command,
        env={**clean_environment(), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        highest = _Highest(process.pid)
        alarm = threading.Timer(most_s or READY_TIMEOUT_S * 10, process.kill)
        alarm.start()
        assert process.stderr
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        alarm.cancel()
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if most_s and seconds >= most_s and process.returncode == -signal.SIGKILL:
            raise TimeoutError(f"{' '.join(command)}: not done after {most_s:.0f} s")
        if process.returncode not in {0, 1}:
            raise RuntimeError(f"{' '.join(command)}: {said.decode()[-3000:]}")
        return Peak(seconds, usage.ru_utime + usage.ru_stime, highest.stop())


def _most_mb(process: psutil.Process) -> float:
    """What a process held at its most; not `ru_maxrss`, in which that of its parent counts."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return process.memory_info().rss / 1e6
    found = re.search(r"VmHWM:\s*(\d+)", status.read_text())
    return int(found[1]) * 1024 / 1e6 if found else 0.0


class _Highest(threading.Thread):
    """Looks again and again how much a tree of processes holds."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self._mb = 0.0
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.02):
            with contextlib.suppress(psutil.Error, OSError):
                tree = [self._process, *self._process.children(recursive=True)]
                self._mb = max(self._mb, sum(_most_mb(each) for each in tree))

    def stop(self) -> float:
        self._ended.set()
        self.join()
        return self._mb


def free_port() -> int:
    """Return a port that no one listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
