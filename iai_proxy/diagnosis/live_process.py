"""Live checks in a process of their own, with low priority, so that no call waits for them.

On a thread of the proxy, checks hold the interpreter's lock while a call waits to be passed on. In
a process they don't, for some 50 MB of memory; ``benchmarks/recording.py`` shows what they cost.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from iai_proxy import child_process
from iai_proxy.diagnosis.check import Check, Located
from iai_proxy.diagnosis.live_checks import LiveChecks, LiveResult, last_exchange
from iai_proxy.diagnosis.runner import CheckResults

#: The least time between two looks, in seconds ...
_EVERY_S: Final = 1.0
#: ... and the share of it, and of a processor, that looking may take: a look opens the whole
#: recording, some 0.04 ms a step, which would come to half a processor after 10,000 steps.
_SHARE: Final = 0.1

#: How long the parent waits for each answer: a process of the lowest priority may not get its turn.
_PATIENCE_S: Final = 3.0

# What the parent says, in this order; the child answers the first with the same word and the
# second with its result.
_LET_GO: Final = "let go"
_FINISH: Final = "finish"


class LiveChecksProcess:
    """Checks a recording in a process of its own while it is written. A context manager.

    Args:
        path: the recording.
        checks: the ones to make.
        tell: called, on a thread, with each error and warning when it first shows in a simulation.
        egos: indices of the agents that the client drives itself; None to infer them.
        after: number of the last call that is not looked at; None for the last that is there.

    Attributes:
        steps: the last step of each simulation by its number, as of the last look.
    """

    def __init__(
        self,
        path: Path,
        checks: Sequence[type[Check]],
        tell: Callable[[Located], None],
        egos: Collection[int] | None = None,
        after: int | None = None,
    ) -> None:
        self._tell = tell
        self._reported: list[Located] = []
        self.steps: Mapping[int, int] = {}
        self._result: LiveResult | None = None
        self._has_let_go = threading.Event()
        after = last_exchange(path) if after is None else after
        self._process, self._connection = child_process.start(__name__)
        self._connection.send((path, checks, egos, after))
        self._thread = threading.Thread(target=self._listen, name="iai-proxy-checks", daemon=True)
        self._thread.start()

    def let_go(self) -> None:
        """Have the recording closed there, so that its writer can close it for good. Idempotent."""
        if not self._has_let_go.is_set():
            self._say(_LET_GO)
            self._has_let_go.wait(_PATIENCE_S)

    @property
    def found(self) -> int:
        """How many errors and warnings were reported."""
        return len(self._reported)

    def finish(self) -> LiveResult:
        """Have everything looked at again, and return what was found."""
        self.let_go()
        self._say(_FINISH)
        self._thread.join(_PATIENCE_S)
        if self._result:
            return self._result
        if self._thread.is_alive():
            fault = "there was no time for all checks: `iai-proxy diagnose` makes them"
        else:
            code = self._process.wait()
            fault = (
                f"the checks ended early (exit code {code}): `iai-proxy diagnose` makes them all"
            )
        return LiveResult(CheckResults(located=self._reported, faults=[fault]), looked_again=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._connection.close()

    def _say(self, message: str) -> None:
        with suppress(OSError):  # it has ended, which the thread notices
            self._connection.send(message)

    def _listen(self) -> None:
        with suppress(EOFError, OSError):  # it has ended
            while self._result is None:
                self._take(self._connection.recv())
        self._has_let_go.set()

    def _take(self, message: Any) -> None:
        match message:
            case Located() as located:
                self._reported.append(located)
                self._tell(located)
            case LiveResult() as result:
                self._result = result
            case dict() as steps:
                self.steps = steps
            case _:
                self._has_let_go.set()


def pause_after(look_s: float) -> float:
    """Return how long to wait after a look that took this much of a processor, both in seconds."""
    return max(_EVERY_S, look_s * (1 - _SHARE) / _SHARE)


def main() -> None:
    """Check until the parent asks for the result or is gone."""
    connection = child_process.parent()
    with suppress(EOFError, OSError):  # the parent is gone
        path, checks, egos, after = connection.recv()
        live = LiveChecks(path, checks, connection.send, egos, after, connection.poll)
        pause_s = _EVERY_S
        while not connection.poll(pause_s):
            begun = time.process_time()
            live.look()
            connection.send(live.steps)
            pause_s = pause_after(time.process_time() - begun)
        connection.send(connection.recv())
        connection.recv()
        connection.send(child_process.in_a_hurry(live.finish))


if __name__ == "__main__":
    main()
