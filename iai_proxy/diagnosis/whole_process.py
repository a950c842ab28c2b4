"""A diagnosis of a whole file in a process of its own with low priority.

On a thread it would hold the interpreter's lock while others wait for an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from iai_proxy import child_process
from iai_proxy.diagnosis.check import Check
from iai_proxy.diagnosis.result import Diagnosis
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.errors import IaiProxyError


class WholeDiagnosis:
    """Makes checks over a recording, or a debug log. A context manager, which ends the process.

    Args:
        path: the file.
        checks: the ones to make.
        egos: indices of the agents that the client drives itself; None to infer them.
    """

    def __init__(
        self, path: Path, checks: Sequence[type[Check]], egos: Collection[int] | None = None
    ) -> None:
        self._path = path
        self._process, self._connection = child_process.start(__name__)
        self._connection.send((path, checks, egos))

    def result(self) -> Diagnosis:
        """Wait for it.

        Raises:
            IaiProxyError: the process has ended early.
        """
        try:
            found: Diagnosis = self._connection.recv()
        except (EOFError, OSError) as error:
            code = self._process.wait()
            raise IaiProxyError(
                f"the checks of {self._path} ended early (exit code {code}): `iai-proxy diagnose` "
                "makes them all"
            ) from error
        return found

    def stop(self) -> None:
        """End it early, from any thread: whoever waits for the result gets the error."""
        self._process.kill()

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
        self._connection.close()


def main() -> None:
    """Diagnose what the parent asks for; ends early if that is gone."""
    connection = child_process.parent()

    def go_on(_done: int, _count: int) -> None:
        if connection.poll():  # nothing more is said: its end is closed
            raise SystemExit

    with suppress(EOFError, OSError):
        path, checks, egos = connection.recv()
        connection.send(diagnosed(path, checks, egos, go_on))


if __name__ == "__main__":
    main()
