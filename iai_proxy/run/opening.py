"""A recording, or an object in object storage, as a run."""

from __future__ import annotations

import os
import shlex
from contextlib import ExitStack
from pathlib import Path

from iai_proxy.errors import InputError, UsageError
from iai_proxy.logs.inputs import is_debug_log
from iai_proxy.recordings.files import is_recording
from iai_proxy.run.reading import Reading
from iai_proxy.run.run import Run
from iai_proxy.settings.wording import PYTHON, Worded
from iai_proxy.sources import Source, is_url, named


def open(path: str | os.PathLike[str]) -> Run:
    """Open a recording to read it, also while it is written.

    Example:
        >>> with iai_proxy.open("run.iairec") as run:
        ...     print(run)
        <run.iairec: 13 calls, 1 simulation, 11 steps>

    Args:
        path: the recording, or the URL of one in object storage, such as
            ``s3://bucket/run.iairec`` (needs the extra ``cloud``). A debug log of the SDK is made a
            recording by ``iai-proxy import``; a scenario log has no calls, and can't be opened.

    Returns:
        The run, to be used in a ``with`` block, or closed with :meth:`Run.close`.

    Raises:
        InputError: it can't be read, or is no recording.
        UsageError: the URL names several.
    """
    with Worded(PYTHON), ExitStack() as stack:
        source = _source_of(os.fsdecode(path))
        file = stack.enter_context(source.reading())
        if not is_recording(file, "URL of one"):
            raise InputError(_why_not(file))
        reading = Reading(file, source.name)
        reading.at_end(stack.pop_all().close)
        return Run(reading)


def _source_of(name: str) -> Source:
    if not is_url(name):
        return Source(name, Path(name))
    found = named([name])
    if len(found) != 1:
        raise UsageError(f"{name} names {len(found)} recordings: open them one at a time")
    return found[0]


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
