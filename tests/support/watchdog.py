"""Watches the event loop of a proxy: nothing may hold it, since all clients wait meanwhile.

What counts is the processor time of the loop's thread: the machine may be busy. Collecting garbage
does not count: a process of tests has far more objects than a proxy.
"""

from __future__ import annotations

import gc
import threading
import time
from asyncio import AbstractEventLoop, Handle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakSet

from iai_proxy.session.background import THREADS

#: How long a callback may take, in seconds of processor time.
MOST_S: Final = 0.05
#: The thread of the loop, as :mod:`iai_proxy.proxy.background` names it.
_LOOP: Final = f"{THREADS}-loop"


class _Collecting:
    """The processor time that the loop's thread has spent on collecting garbage, s."""

    def __init__(self) -> None:
        self.spent_s = 0.0
        self._began_s = 0.0

    def __call__(self, phase: str, _: dict[str, int]) -> None:
        if threading.current_thread().name != _LOOP:
            return
        if phase == "start":
            self._began_s = time.thread_time()
        else:
            self.spent_s += time.thread_time() - self._began_s


@contextmanager
def watched_loop() -> Iterator[list[str]]:
    """Give a list of the callbacks that held a proxy's loop too long while the block runs."""
    held: list[str] = []
    begun: WeakSet[AbstractEventLoop] = WeakSet()  # its first callback sets the proxy up
    collecting = _Collecting()
    run: Any = vars(Handle)["_run"]

    def watched(handle: Handle) -> None:
        loop = vars(Handle)["_loop"].__get__(handle)
        if threading.current_thread().name != _LOOP or loop not in begun:
            begun.add(loop)
            run(handle)
            return
        before_s = time.thread_time() - collecting.spent_s
        run(handle)
        took_s = time.thread_time() - collecting.spent_s - before_s
        if took_s > MOST_S:
            held.append(f"{took_s * 1000:.0f} ms: {_what(handle)}")

    gc.callbacks.append(collecting)
    Handle._run = watched  # type: ignore[method-assign]
    try:
        yield held
    finally:
        Handle._run = run  # type: ignore[method-assign]
        gc.callbacks.remove(collecting)


def _what(handle: Handle) -> object:
    """Return what a callback runs; the step of a task refers to the task, which says so."""
    return gc.get_referents(vars(Handle)["_callback"].__get__(handle)) or handle
