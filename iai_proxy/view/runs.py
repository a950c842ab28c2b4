"""The run in a file, as far as it can be read by now."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from iai_proxy.diagnosis.check import Located
from iai_proxy.recordings.files import is_recording
from iai_proxy.scene import Problem, Scene, SimulationInfo
from iai_proxy.scene.growing import GrowingRun
from iai_proxy.scene.opening import Run, opened_run


class FollowedRun(Run, Protocol):
    """A run that may grow; :class:`GrowingRun` says what its parts mean."""

    @property
    def more(self) -> bool:
        """Whether there is more to read at once."""
        ...

    @property
    def failures(self) -> int | None:
        """How many calls have failed; None if the file doesn't tell."""
        ...

    def poll(self) -> bool:
        """Read a batch of what has come in; tell whether there was anything."""
        ...

    def problems(
        self, simulation: int, branch: int, located: Sequence[Located]
    ) -> Sequence[Problem]:
        """Return the findings of a branch."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class WholeRun:
    """A run that is read at once, such as that of a scenario log. Its calls are not known.

    Raises:
        InputError: it can't be read, or is of another kind.
    """

    def __init__(self, path: Path) -> None:
        self._stack = contextlib.ExitStack()
        self._run = self._stack.enter_context(opened_run(path))
        self.more = True
        self.failures: int | None = None

    @property
    def simulations(self) -> tuple[SimulationInfo, ...]:
        """What there is to see of each simulation."""
        return self._run.simulations

    @property
    def damage(self) -> str:
        """Why scenes made so far lack what could not be read; empty if they lack nothing."""
        return self._run.damage

    def scene(
        self,
        simulation: int = 1,
        branch: int | None = None,
        steps: range | None = None,
        *,
        details: bool = True,
        problems: Sequence[Located] = (),
    ) -> Scene:
        """Return steps of one branch."""
        return self._run.scene(simulation, branch, steps, details=details, problems=problems)

    def problems(
        self, simulation: int, branch: int, located: Sequence[Located]
    ) -> Sequence[Problem]:
        """Return nothing: only calls are checked."""
        return ()

    def poll(self) -> bool:
        """Tell that there is something, the first time."""
        was_new, self.more = self.more, False
        return was_new

    def close(self) -> None:
        """Close the file."""
        self._stack.close()


def open_followed(path: Path) -> FollowedRun:
    """Open a recording or a scenario log.

    Raises:
        InputError: it can't be read, or is neither.
    """
    return GrowingRun(path) if is_recording(path, "scenario log") else WholeRun(path)


class Identity:
    """Tells whether a name still leads to the same file.

    It has the file open: the number of an open file is given to no other. Other kinds of files than
    recordings are written as a whole, so that their size and time count as well.

    Raises:
        OSError: it can't be opened.
        InputError: likewise.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_recording = is_recording(path, "scenario log")
        self._descriptor = os.open(path, os.O_RDONLY)
        self._begun = self._stamp(os.fstat(self._descriptor))

    def holds(self) -> bool:
        """Whether it is the same file.

        Raises:
            FileNotFoundError: there is none of that name.
        """
        return self._stamp(self._path.stat()) == self._begun

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _stamp(self, stat: os.stat_result) -> tuple[int, ...]:
        written = () if self._is_recording else (stat.st_size, stat.st_mtime_ns)
        return (stat.st_dev, stat.st_ino, *written)
