"""What there is to see in a file, whatever it is."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from iai_proxy.diagnosis.check import Located
from iai_proxy.errors import InputError
from iai_proxy.logs.inputs import is_debug_log
from iai_proxy.recordings.files import is_recording
from iai_proxy.recordings.reader import Recording
from iai_proxy.scene.model import Scene, SimulationInfo
from iai_proxy.scene.recorded import RecordedRun
from iai_proxy.scene.scenario_log import ScenarioRun

_HEAD_BYTES: Final = 256
#: What may be given instead of a recording.
_OTHER: Final = "scenario log"


class Run(Protocol):
    """Simulations that scenes can be made of."""

    @property
    def simulations(self) -> tuple[SimulationInfo, ...]:
        """What there is to see of each simulation."""
        ...

    @property
    def damage(self) -> str:
        """Why scenes made so far lack what could not be read; empty if they lack nothing."""
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
    if is_recording(path, _OTHER):
        with Recording(path) as recording:
            yield RecordedRun(recording)
        return
    _refuse_no_scenario(path)
    yield ScenarioRun(path)


def _refuse_no_scenario(path: Path) -> None:
    """Refuse a file by what stands in it.

    Raises:
        InputError: it is another kind of file than a scenario log.
    """
    if is_debug_log(path):
        made = f"{path.stem}.iairec"
        command = shlex.join(["iai-proxy", "import", str(path), "-o", made])
        raise InputError(f"{path} is a debug log: make a recording of it with `{command}`")
    with path.open("rb") as stream:
        begin = stream.read(_HEAD_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not begin.startswith(b"{"):
        raise InputError(f"{path} is neither a recording nor a scenario log: give one of these")
