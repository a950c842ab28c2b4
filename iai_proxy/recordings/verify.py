"""Checking that a recording is undamaged, and saving what is whole of one that is not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from iai_proxy.api import Exchange
from iai_proxy.errors import IaiProxyError, InputError, UsageError
from iai_proxy.recordings.reader import Recording
from iai_proxy.recordings.writer import RecordingWriter


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a recording: where, and what."""

    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What :func:`verify` found.

    Attributes:
        path: the recording.
        exchanges: how many exchanges are whole.
        problems: what is wrong, in the order of the file; empty for a whole recording.
    """

    path: Path
    exchanges: int
    problems: tuple[Problem, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(path: Path) -> Verification:
    """Check a recording: SQLite's own integrity check, and every body against its hash.

    Raises:
        InputError: it can't be opened as a recording at all.
    """
    with Recording(path, damaged=True) as recording:
        problems = _file_problems(recording)
        numbers = _numbers(recording, problems)
        problems += _gaps(numbers)
        damaged = list(_call_problems(recording, numbers))
    return Verification(path, len(numbers) - len(damaged), (*problems, *damaged))


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
        for number in _numbers(recording, []):
            try:
                exchange = recording.exchange(number)
            except IaiProxyError:
                continue
            _append(writer, exchange)
            saved += 1
    return saved


def _append(writer: RecordingWriter, exchange: Exchange) -> None:
    writer.append(lambda: exchange).result()


def _file_problems(recording: Recording) -> list[Problem]:
    try:
        return [Problem("file", line) for line in recording.integrity()]
    except InputError as error:
        return [Problem("file", str(error))]


def _call_problems(recording: Recording, numbers: list[int]) -> Iterator[Problem]:
    for number in numbers:
        try:
            recording.exchange(number)
        except IaiProxyError as error:
            yield Problem(f"call {number}", str(error))


def _numbers(recording: Recording, problems: list[Problem]) -> list[int]:
    """Return the numbers that the table still holds, read from both ends up to the damage."""
    found: set[int] = set()
    try:
        for number in recording.numbers():
            found.add(number)
    except InputError as error:
        problems.append(Problem("table of exchanges", str(error)))
        with contextlib.suppress(InputError):
            for number in recording.numbers(descending=True):
                found.add(number)
    return sorted(found)


def _gaps(numbers: list[int]) -> Iterator[Problem]:
    for before, after in pairwise([0, *numbers]):
        if after - before == 2:
            yield Problem(f"call {before + 1}", "it is missing")
        elif after - before > 2:
            yield Problem(f"calls {before + 1} to {after - 1}", "they are missing")
