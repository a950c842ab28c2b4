"""Is a recording whole? Every body is hashed again; what is whole can be saved from a damaged file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from iai_proxy.errors import IaiProxyError, InputError
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
    problems: list[Problem] = []
    whole = 0
    with Recording(path, damaged=True) as recording:
        try:
            problems += [Problem("file", line) for line in recording.integrity()]
        except InputError as error:
            problems.append(Problem("file", str(error)))
        numbers = _numbers(recording, problems)
        problems += _gaps(numbers)
        for number in numbers:
            try:
                recording.exchange(number)
            except IaiProxyError as error:
                problems.append(Problem(f"call {number}", str(error)))
            else:
                whole += 1
    return Verification(path, whole, tuple(problems))


def salvage(path: Path, destination: Path) -> int:
    """Copy every whole exchange of a damaged recording into a new one, and return how many there were.

    Raises:
        InputError: the file can't be opened as a recording at all.
        UsageError: the destination exists or can't be written.
    """
    saved = 0
    with Recording(path, damaged=True) as recording, RecordingWriter(destination) as writer:
        for number in _numbers(recording, []):
            try:
                exchange = recording.exchange(number)
            except IaiProxyError:
                continue
            writer.append(lambda exchange=exchange: exchange).result()  # type: ignore[misc]
            saved += 1
    return saved


def _numbers(recording: Recording, problems: list[Problem]) -> list[int]:
    """The numbers of all exchanges that the table still reveals, read from both ends up to where it is damaged."""
    found: dict[int, None] = {}
    try:
        for number in recording.numbers():
            found[number] = None
    except InputError as error:
        problems.append(Problem("table of exchanges", str(error)))
        with contextlib.suppress(InputError):
            for number in recording.numbers(descending=True):
                found[number] = None
    return sorted(found)


def _gaps(numbers: list[int]) -> Iterator[Problem]:
    for before, after in pairwise([0, *numbers]):
        if after - before == 2:
            yield Problem(f"call {before + 1}", "it is missing")
        elif after - before > 2:
            yield Problem(f"calls {before + 1} to {after - 1}", "they are missing")
