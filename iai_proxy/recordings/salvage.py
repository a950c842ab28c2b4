"""Saving what is whole of a damaged recording."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from iai_proxy.api import Exchange
from iai_proxy.errors import IaiProxyError, InputError, UsageError
from iai_proxy.recordings.origin import NO_ORIGIN, Origin, origin_of
from iai_proxy.recordings.reader import Recording
from iai_proxy.recordings.whole_files import write_recording
from iai_proxy.recordings.wholeness import found_numbers


def salvage(path: Path, destination: Path) -> int:
    """Copy every whole exchange of a damaged recording into a new one, and return their number.

    Raises:
        InputError: the file can't be opened as a recording at all.
        UsageError: the destination exists or can't be written.
    """
    if destination.exists():
        raise UsageError(f"{destination} exists: give another file, which --salvage makes")
    with Recording(path, damaged=True) as recording:
        return write_recording(
            destination,
            _whole_exchanges(recording),
            origin=_origin(recording),
            labels=_labels(recording),
            option="--salvage",
        )


def _whole_exchanges(recording: Recording) -> Iterator[Exchange]:
    for number in found_numbers(recording, []):
        try:
            exchange = recording.exchange(number)
        except IaiProxyError:
            continue
        yield exchange


def _origin(recording: Recording) -> Origin:
    try:
        return origin_of(recording)
    except InputError:
        return NO_ORIGIN


def _labels(recording: Recording) -> dict[str, str]:
    try:
        return recording.labels()
    except InputError:
        return {}
