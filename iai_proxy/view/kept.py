"""What was made from steps of a run, kept until one of those steps changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from iai_proxy.scene.growing import Changes

T = TypeVar("T")


class Steps(NamedTuple):
    """Steps of a branch of a simulation; ``stop`` is no longer one of them."""

    simulation: int
    branch: int
    start: int
    stop: int


class Kept(Generic[T]):
    """Values by the steps that they were made from, the latest used ones. For any thread.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Steps, T] = OrderedDict()
        self._lock = threading.Lock()
        self._changed = 0

    def get(self, steps: Steps, make: Callable[[], T]) -> T:
        """Return the value of some steps; it is made if it is not kept."""
        with self._lock:
            if steps in self._values:
                self._values.move_to_end(steps)
                return self._values[steps]
            begun = self._changed
        made = make()
        with self._lock:
            if begun == self._changed:  # else it may be made from what is no longer so
                self._values[steps] = made
                if len(self._values) > self._most:
                    self._values.popitem(last=False)
        return made

    def drop(self, changes: Changes) -> None:
        """Forget what was made from steps that have changed."""
        with self._lock:
            self._changed += 1
            for steps in list(self._values):
                first = changes.get((steps.simulation, steps.branch))
                if first is not None and steps.stop > first:
                    del self._values[steps]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._changed += 1
            self._values.clear()
