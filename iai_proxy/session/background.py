"""What a proxy that runs on threads of this process has to keep to: for tests and notebooks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from iai_proxy.errors import UsageError

#: What the names of a proxy's own threads begin with.
THREADS: Final = "iai-proxy"

_one_at_a_time = threading.Lock()


@contextmanager
def only_one() -> Iterator[None]:
    """Have the process for a single proxy while the block runs.

    What points clients at a proxy is the whole process's, and so is mitmproxy's ``ctx``. One after
    another works any number of times.

    Raises:
        UsageError: a proxy runs in this process already.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise UsageError(
            "a proxy runs in this process already, and there can be only one at a time: end that "
            "block first (a test uses a single recording), or run the second as a process of its "
            "own, `iai-proxy replay FILE -- CLIENT`"
        )
    try:
        yield
    finally:
        _one_at_a_time.release()
