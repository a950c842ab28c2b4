"""What tests have worked on, here and in other processes."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from iai_proxy.errors import InputError


def squared(number: int) -> int:
    return number * number


def squared_if_even(number: int) -> int:
    if number % 2:
        raise InputError(f"{number} is odd")
    return number * number


def slow_at_first(number: int) -> int:
    """The first items take the longest."""
    time.sleep(0.2 if number < 2 else 0)
    return number


def deadly_at_seven(number: int) -> int:
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def deadly_once(mark: Path) -> str:
    """End the process that is the first to work on this item."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return mark.name


def process_id(_item: object) -> int:
    time.sleep(0.05)
    return os.getpid()


def not_to_be_sent(_item: object) -> object:
    return lambda: None


def out_of_memory(_item: object) -> int:
    raise MemoryError


def faulty(_item: object) -> int:
    return int("five")


def missing(item: Path) -> bytes:
    return item.read_bytes()


def noted(folder: Path, number: int) -> int:
    """Leave a mark for each item."""
    (folder / str(number)).touch()
    return number


def first_two(number: int) -> int:
    """Return the process of the first two items; the others take for ever."""
    if number > 1:
        time.sleep(600)
    time.sleep(0.5)  # so that each has a process
    return os.getpid()


def become(version: str | None) -> None:
    """Make this process one with another iai-proxy, or without any."""
    if version is None:
        sys.modules["iai_proxy"] = None  # type: ignore[assignment]
    else:
        vars(sys.modules["iai_proxy"])["__version__"] = version


def end_soon() -> None:
    """End this process in a moment, in the middle of whatever it does."""
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGKILL)).start()
