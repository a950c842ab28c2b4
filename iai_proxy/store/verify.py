"""Is a recording whole? Every body is hashed again; what is whole can be saved from a damaged file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from iai_proxy.errors import IaiProxyError, InputError
from iai_proxy.exchange import Exchange
from iai_proxy.store.reader import Recording
from iai_proxy.store.writer import RecordingWriter


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
    with Recording(path) as recording:
        try:
            problems += [Problem("file", line) for line in recording.integrity()]
        except InputError as error:
            problems.append(Problem("file", str(error)))
        for number in _numbers(recording, problems):
            try:
                _check(recording, number)
            except (IaiProxyError, ValueError) as error:
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
    with Recording(path) as recording, RecordingWriter(destination) as writer:
        for number in _numbers(recording, []):
            try:
                exchange = _check(recording, number)
            except (IaiProxyError, ValueError):
                continue
            writer.append(lambda exchange=exchange: exchange).result()  # type: ignore[misc]
            saved += 1
    return saved


def _numbers(recording: Recording, problems: list[Problem]) -> range:
    """The numbers of all exchanges that the table still reveals."""
    try:
        return range(1, recording.last_number() + 1)
    except InputError as error:
        problems.append(Problem("table of exchanges", str(error)))
        return range(0)


def _check(recording: Recording, number: int) -> Exchange:
    call = recording.call(number)
    exchange = recording.exchange(number)
    for side, digest, body in (
        ("request", call.request_hash, exchange.request.body),
        ("answer", call.response_hash, exchange.response.body if exchange.response else b""),
    ):
        if digest is not None and hashlib.sha256(body).digest() != digest:
            raise ValueError(f"the {side}'s body is not what was recorded: its hash differs")
    return exchange
