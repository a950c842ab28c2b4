"""What is wrong with a recording: in its file, its rows and its bodies."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from iai_proxy.errors import IaiProxyError, InputError
from iai_proxy.recordings.log_rest import unread_rest
from iai_proxy.recordings.queries import TABLES
from iai_proxy.recordings.reader import Recording
from iai_proxy.text import printable

#: Whose rows are about the call of their number.
_OF_CALLS: Final = frozenset({"request_key", "observation"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a recording: where, and what."""

    place: str
    message: str


def require_whole(path: Path) -> None:
    """Make sure that a recording is whole before it is continued.

    Bodies that were packed with a checksum are proven by that, which takes half a millisecond for a
    call of 100 agents.

    Raises:
        InputError: it is not.
    """
    with Recording(path) as recording:
        problems = file_problems(recording)
        calls = list(recording.calls())
        for _ in recording.bodies((call.request_hash, call.response_hash) for call in calls):
            pass
        problems += other_problems(recording, [call.id for call in calls], orphans=False)
    if problems:
        place, message = problems[0].place, problems[0].message
        raise InputError(
            f"{path} is damaged ({place}: {message}) and can't be continued; "
            f"`iai-proxy verify {path} --salvage OUT` saves what is whole in a new recording"
        )


def examine(recording: Recording) -> tuple[int, tuple[Problem, ...]]:
    """Return how many calls of a recording are whole, and all that is wrong with it."""
    problems = [Problem("file", recording.left)] if recording.left else []
    problems += file_problems(recording)
    numbers = found_numbers(recording, problems)
    problems += gaps(numbers)
    damaged = list(call_problems(recording, numbers))
    others = list(other_problems(recording, numbers))
    return len(numbers) - len(damaged), (*problems, *damaged, *others)


def file_problems(recording: Recording) -> list[Problem]:
    """Return what SQLite's own check finds, and what it does not read of the log."""
    try:
        found = [Problem("file", line) for line in recording.integrity()]
    except InputError as error:
        found = [Problem("file", str(error))]
    rest = unread_rest(recording.path)
    return [*found, Problem("log", rest)] if rest else found


def call_problems(recording: Recording, numbers: list[int]) -> Iterator[Problem]:
    """Yield the calls that can't be read as a whole."""
    for number in numbers:
        try:
            recording.exchange(number)
        except IaiProxyError as error:
            yield Problem(f"call {number}", str(error))


def other_problems(
    recording: Recording, numbers: list[int], *, orphans: bool = True
) -> Iterator[Problem]:
    """Yield what is wrong with rows that are no calls, and with bodies of no call."""
    latest = max(numbers, default=0)  # of those that are missing before it, gaps() tells
    for table in TABLES:
        if table == "exchange":
            continue
        try:
            for key, whole in recording.other_rows(table):
                place = f"{table} of {printable(str(key))}"
                if not whole:
                    yield Problem(place, "it is not what was recorded")
                elif table in _OF_CALLS and not _is_call(recording, key, latest):
                    yield Problem(place, "there is no such call")
        except InputError as error:
            yield Problem(f"table {table}", str(error))
    if orphans:
        yield from _orphan_problems(recording, numbers)


def _is_call(recording: Recording, number: int, latest: int) -> bool:
    """Whether there is a call of a number; it may have been written since the latest was."""
    return number >= 1 and (number <= latest or number <= recording.latest)


def _orphan_problems(recording: Recording, numbers: Iterable[int]) -> Iterator[Problem]:
    """Yield what is wrong with bodies that no whole call names."""
    try:
        unnamed = list(unnamed_bodies(recording, numbers))
    except InputError as error:
        yield Problem("table body", str(error))
        return
    for digest in unnamed:
        if not isinstance(digest, bytes):
            yield Problem("table body", "a hash is none")
            continue
        try:
            recording.body(digest)
        except IaiProxyError as error:
            yield Problem(f"body {digest.hex()[:12]}", str(error))


def unnamed_bodies(recording: Recording, numbers: Iterable[int]) -> Iterator[bytes]:
    """Yield the hash of each body that no whole call names, as its row says.

    Raises:
        InputError: the table can't be read.
    """
    named: set[bytes | None] = set()
    for number in numbers:
        with contextlib.suppress(IaiProxyError):
            call = recording.call(number)
            named |= {call.request_hash, call.response_hash}
    for digest in recording.body_hashes():
        if digest not in named:
            yield digest


def found_numbers(recording: Recording, problems: list[Problem]) -> list[int]:
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


def gaps(numbers: list[int]) -> Iterator[Problem]:
    """Yield the numbers that are missing before the last."""
    for before, after in pairwise([0, *numbers]):
        if after - before == 2:
            yield Problem(f"call {before + 1}", "it is missing")
        elif after - before > 2:
            yield Problem(f"calls {before + 1} to {after - 1}", "they are missing")
