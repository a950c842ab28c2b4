"""A recording, or an object in object storage, as a run."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from iai_proxy.errors import InputError
from iai_proxy.logs.inputs import is_debug_log
from iai_proxy.recordings.files import is_recording
from iai_proxy.run.reading import Reading
from iai_proxy.run.run import Run


def open(path: str | os.PathLike[str]) -> Run:
    """Open a recording to read it, also while it is written.

    Args:
        path: the recording. A debug log of the SDK is made one by ``iai-proxy import``; a scenario
            log has no calls, and can't be opened.

    Raises:
        InputError: it can't be read, or is no recording.
    """
    name = os.fspath(path)
    file = Path(name)
    if not is_recording(file, "URL of one"):
        raise InputError(_why_not(file))
    return Run(Reading(file, name))


def _why_not(path: Path) -> str:
    """Say what a file is that is no recording, and what reads it."""
    if is_debug_log(path):
        made = f"{path.stem}.iairec"
        command = shlex.join(["iai-proxy", "import", str(path), "-o", made])
        return f"{path} is a debug log: make a recording of it with `{command}`, and open that"
    return (
        f"{path} is no recording. If it is a scenario log, it has no calls and can't be opened "
        "here: `LogReader` of invertedai reads it, and `iai-proxy view` shows it"
    )
