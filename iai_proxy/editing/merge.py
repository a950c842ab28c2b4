"""A recording of the calls of several: file after file, the one that begins first at first.

Calls are not mixed by their times: what tells the simulations of a recording apart is also the
order of its calls, which stays as it is. A call that several recordings have, since they are pieces
of one, is taken once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from iai_proxy.api import Call, Exchange
from iai_proxy.editing.apart import NamesApart
from iai_proxy.errors import UsageError
from iai_proxy.lineage.shape import Shape, shape_of
from iai_proxy.recordings import Recording
from iai_proxy.recordings.origin import NO_ORIGIN, Origin, origin_of
from iai_proxy.recordings.whole_files import refuse_existing, shape_in, write_recording


@dataclass(frozen=True, slots=True)
class MergedFile:
    """What is taken of one recording.

    Attributes:
        path: of the recording.
        calls: how many are taken.
        doubled: how many are not, as an earlier recording has them too.
        simulations: how many it has.
    """

    path: Path
    calls: int
    doubled: int
    simulations: int


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of recordings.

    Attributes:
        files: in the order of their calls.
        simulations: how many the new recording has; ``steps`` likewise.
        is_alike: whether these are those of the recordings; None where calls were taken once that
            several had.
        disputed: labels that are left out, as the recordings differ: their values by key.
    """

    files: tuple[MergedFile, ...]
    simulations: int
    steps: int
    is_alike: bool | None
    disputed: dict[str, list[str]]

    @property
    def calls(self) -> int:
        """How many calls the new recording has."""
        return sum(file.calls for file in self.files)


@dataclass(frozen=True, slots=True)
class _Input:
    """A recording that is merged, as it was when it was looked through."""

    path: Path
    first_ns: int
    calls: Sequence[Call]
    origin: Origin
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Taken:
    file: MergedFile
    places: dict[int, int]
    shape: Shape


def merge(paths: Sequence[Path], out: Path) -> Merged:
    """Write a recording of the calls of others.

    Args:
        paths: the recordings; they stay as they are.
        out: the new one, which must not exist.

    Raises:
        InputError: one can't be read, or is damaged; nothing is written then.
        UsageError: one is named twice, or the new one exists or can't be written.
        RecordingFailedError: the disk is full.
    """
    refuse_existing(out)
    _refuse_twice(paths)
    inputs = sorted(map(_input, paths), key=lambda each: each.first_ns)
    seen: set[tuple[object, ...]] = set()
    places = count()
    taken = [_taken(each, seen, places) for each in inputs]
    labels, disputed = _labels([each.labels for each in inputs])
    origin = _origin(inputs, taken)
    write_recording(out, _exchanges(taken), origin=origin, labels=labels)
    expected = [tree for each in taken for tree in each.shape]
    found = shape_in(out)
    is_alike = None if any(each.file.doubled for each in taken) else found == expected
    files = tuple(each.file for each in taken)
    return Merged(files, len(found), sum(map(len, found)), is_alike, disputed)


def _refuse_twice(paths: Sequence[Path]) -> None:
    known: dict[tuple[int, int], Path] = {}
    for path in paths:
        if not path.exists():
            continue  # opening it says so
        stat = path.stat()
        file = stat.st_dev, stat.st_ino
        if file in known:
            raise UsageError(f"{path} and {known[file]} are one file: give each recording once")
        known[file] = path


def _input(path: Path) -> _Input:
    with Recording(path) as recording:
        calls = list(recording.calls())
        first_ns = _first_ns(calls)
        origin = origin_of(recording, recording.cut_off())
        return _Input(path, first_ns, calls, origin, recording.labels())


def _first_ns(calls: Sequence[Call]) -> int:
    """Return when the first step began: pieces of one recording all have its key check."""
    stepping = [call.started_ns for call in calls if call.endpoint.is_stepping]
    return min(stepping or [call.started_ns for call in calls], default=0)


def _taken(given: _Input, seen: set[tuple[object, ...]], places: Iterator[int]) -> _Taken:
    """Choose the calls of a recording that no earlier one has, and give them their places."""
    own = {call.id: _key(call) for call in given.calls}
    numbers = {number: next(places) for number, key in own.items() if key not in seen}
    seen.update(own.values())
    with Recording(given.path) as recording:
        simulations = recording.lineage(given.calls).simulations
        shape = shape_of(simulations, numbers)
    doubled = len(own) - len(numbers)
    return _Taken(MergedFile(given.path, len(numbers), doubled, len(simulations)), numbers, shape)


def _key(call: Call) -> tuple[object, ...]:
    """Return what only copies of one call have in common: all of it, to the nanosecond."""
    return tuple(getattr(call, name) for name in _COMPARED)


_COMPARED = (
    "connection",
    "method",
    "target",
    "status",
    "failure",
    "started_ns",
    "request_ended_ns",
    "response_started_ns",
    "ended_ns",
    "request_hash",
    "response_hash",
    "large",
)


def _labels(
    all_labels: Sequence[dict[str, str]],
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the labels that no recording contradicts, and the values of the others."""
    values: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for labels in all_labels:
        for key, value in labels.items():
            values[key][value] = None
    agreed = {key: next(iter(told)) for key, told in values.items() if len(told) == 1}
    return agreed, {key: list(told) for key, told in values.items() if len(told) > 1}


def _origin(inputs: Sequence[_Input], taken: Sequence[_Taken]) -> Origin:
    """Return what the new recording takes over: of salts the first.

    Marks that were made with another salt stay what they are: a key that several recordings hold
    has several marks then.
    """
    salts = [each.origin.salt for each in inputs if each.origin.salt]
    unsearched = frozenset().union(*(each.origin.unsearched for each in inputs))
    begins = frozenset(
        each.places[number] + 1
        for given, each in zip(inputs, taken, strict=True)
        for number in given.origin.begins
        if number in each.places
    )
    return NO_ORIGIN._replace(
        salt=salts[0] if salts else None, unsearched=unsearched, begins=begins
    )


def _exchanges(taken: Sequence[_Taken]) -> Iterator[Exchange]:
    connections, larges = NamesApart(), NamesApart()
    for each in taken:
        connections.next_recording()
        larges.next_recording()
        with Recording(each.file.path) as recording:
            for exchange in map(recording.exchange, each.places):
                yield replace(
                    exchange,
                    connection=connections.name(exchange.connection),
                    large=exchange.large and larges.name(exchange.large),
                )
