"""Saving what is whole of a damaged recording."""

from __future__ import annotations

from pathlib import Path

from iai_proxy.api import Exchange
from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.recordings.reader import Recording
from iai_proxy.recordings.wholeness import found_numbers
from iai_proxy.recordings.writer import RecordingWriter


def salvage(path: Path, destination: Path) -> int:
    """Copy every whole exchange of a damaged recording into a new one, and return their number.

    Raises:
        InputError: the file can't be opened as a recording at all.
        UsageError: the destination exists or can't be written.
    """
    if destination.exists():
        raise UsageError(f"{destination} exists: give another file, which --salvage makes")
    saved = 0
    with Recording(path, damaged=True) as recording, RecordingWriter(destination) as writer:
        for number in found_numbers(recording, []):
            try:
                exchange = recording.exchange(number)
            except IaiProxyError:
                continue
            _append(writer, exchange)
            saved += 1
    return saved


def _append(writer: RecordingWriter, exchange: Exchange) -> None:
    writer.append(lambda: exchange).result()
