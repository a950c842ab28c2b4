"""What there is to see in a file, whatever it is."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from iai_proxy.diagnosis.check import Located
from iai_proxy.errors import InputError
from iai_proxy.recordings.files import is_recording
from iai_proxy.recordings.reader import Recording
from iai_proxy.scene.model import Scene, SimulationInfo
from iai_proxy.scene.recorded import RecordedRun


class Run(Protocol):
    """Simulations that scenes can be made of."""

    @property
    def simulations(self) -> tuple[SimulationInfo, ...]:
        """What there is to see of each simulation."""
        ...

    def scene(
        self,
        simulation: int = 1,
        branch: int | None = None,
        steps: range | None = None,
        *,
        details: bool = True,
        problems: Sequence[Located] = (),
    ) -> Scene:
        """Return steps of one branch; see :meth:`RecordedRun.scene`.

        Raises:
            UsageError: there is no such simulation, branch or step.
        """
        ...


@contextmanager
def opened_run(path: Path) -> Iterator[Run]:
    """Open a recording or a scenario log as a run.

    Raises:
        InputError: it can't be read, or is neither.
    """
    if not is_recording(path):
        command = shlex.join(["iai-proxy", "import", str(path), "-o", f"{path.stem}.iairec"])
        raise InputError(
            f"{path} is no recording: if it is a debug log, `{command}` makes one of it"
        )
    with Recording(path) as recording:
        yield RecordedRun(recording)
