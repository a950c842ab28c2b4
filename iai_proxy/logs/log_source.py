"""A debug log as a run: which calls it holds, what lineage needs of each, and where their bodies stand in the file.

The file is read from front to back for where its items are, then item by item. Nothing of it is
kept but observations, some kilobytes a step, and of a log of one simulation with nothing amiss
these share what is equal.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import urlencode

import orjson

from iai_proxy.api import Call, parse_json
from iai_proxy.api.body import LazyBody
from iai_proxy.errors import InputError
from iai_proxy.lineage import Observation
from iai_proxy.lineage.observe import Agents, observation
from iai_proxy.logs import Span, find_spans
from iai_proxy.logs.import_large import redundant
from iai_proxy.logs.import_pairs import paired
from iai_proxy.logs.log_bodies import LogBodies, Logged
from iai_proxy.logs.log_calls import LOCATION, Entry, call_of, one_by_one, timed
from iai_proxy.logs.log_items import Item, LogFile
from iai_proxy.logs.sdk_shapes import logged_location_request
from iai_proxy.logs.timestamps import parse_timestamp

#: What is said of a log that changes under our hands, and the mend.
WRITTEN: Final = "the log was being written while it was read"
WAIT: Final = "diagnose it when the run has ended, or record the run"

_CHUNK_BYTES: Final = 1 << 20
_STEPPING: Final = ("initialize", "drive")
_LARGE: Final = ("large_initialize", "large_drive")
#: What the C++ SDK calls a model.
_ALIASES: Final = {"location": LOCATION}
_WANTED: Final = tuple(
    f"{model}_{what}"
    for model in (*_STEPPING, *_LARGE, LOCATION, *_ALIASES)
    for what in ("requests", "responses", "request_timestamps", "response_timestamps")
)
_NOBODY: Final = Agents(array("Q"), array("Q"), array("d"))


class DividedLogError(Exception):
    """The log has large calls without the calls that they were made of: these have to be made up first."""


@dataclass(slots=True)
class LogRun:
    """A log, read.

    Attributes:
        file: where it is read from.
        exactly: whether recurrent states were held against each other as numbers.
        calls: in the order of their requests.
        observations: of those with agents.
        maps: by location what ``location_info`` answered, without pictures.
        problems: what could not be read, a sentence each.
        is_cut: whether it breaks off: what has no answer may have had one behind that.
        items: where the request and the answer of each exchange with agents stand.
        gaps: when calls were made whose requests are missing or can't be read, in ns since the
            epoch.
        has_unread: whether a body is no JSON.
    """

    file: LogFile
    exactly: bool
    calls: list[Call] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    maps: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    is_cut: bool = False
    items: dict[int, tuple[Item, Item | None]] = field(default_factory=dict)
    gaps: list[int] = field(default_factory=list)
    has_unread: bool = False

    def bodies(self, numbers: Iterable[int]) -> Iterator[tuple[LazyBody, LazyBody]]:
        """Yield the requests and answers of calls; an empty one where there is none.

        Raises:
            InputError: the file was changed meanwhile.
        """
        for number in numbers:
            asked, answered = self.items[number]
            try:
                pair = self.file.body(asked), self.file.body(answered) if answered else LazyBody({})
            except ValueError as error:
                raise InputError(f"{WRITTEN}: {WAIT}") from error
            yield pair


@contextmanager
def opened_log(path: Path, *, exactly: bool = False) -> Iterator[LogRun]:
    """Read a debug log of either SDK; its bodies can be had as long as the block runs.

    Args:
        path: the log. One that breaks off is read as far as it goes.
        exactly: hold recurrent states against each other as numbers, not as text.

    Raises:
        InputError: nothing of it can be read.
        DividedLogError: it has large calls that have to be divided.
    """
    try:
        with path.open("rb") as stream:
            run = _read(path, stream, exactly=exactly)
            yield _read(path, stream, exactly=exactly, carefully=True) if run.has_unread else run
    except OSError as error:
        raise InputError(
            f"can't read {path} ({error.strerror}): give the debug log of an SDK"
        ) from error


def _read(path: Path, stream: BinaryIO, *, exactly: bool, carefully: bool = False) -> LogRun:
    problems: list[str] = []
    stream.seek(0)
    chunks = iter(partial(stream.read, _CHUNK_BYTES), b"")
    spans = find_spans(chunks, _WANTED, problems.append, carefully=carefully)
    return _Reader(path, LogFile(stream), exactly=exactly).run(spans, problems)


class _Reader:
    def __init__(self, path: Path, file: LogFile, *, exactly: bool) -> None:
        self._path = path
        self._file = file
        self._exactly = exactly
        self._run = LogRun(file, exactly)
        self._bodies = LogBodies(file, self._run.problems, exactly=exactly)

    def run(self, spans: dict[str, list[Span]], problems: list[str]) -> LogRun:
        lists: defaultdict[str, list[Span]] = defaultdict(list)
        for name, found in spans.items():
            model, _, what = name.partition("_re")
            lists[f"{_ALIASES.get(model, model)}_re{what}"] += found
        self._run.is_cut = bool(problems)
        self._run.problems += [f"{one}; what stands whole before it was read" for one in problems]
        if not spans:
            raise InputError(_no_log(self._path, problems))
        read = {model: self._in_turn(model, lists) for model in _STEPPING}
        if not self._bodies.numbered_only:
            for _, answered in read.values():
                self._bodies.look_closer(answered)
        entries = self._lookups(lists)
        entries += [
            entry for model in _STEPPING for entry in self._entries(model, *read[model], lists)
        ]
        if any(lists[f"{model}_requests"] for model in _LARGE):
            self._check_large(lists)
        self._number(entries)
        self._run.has_unread = self._bodies.has_unread
        return self._run

    # Lists to pairs

    def _entries(
        self,
        model: str,
        asked: Sequence[Logged | None],
        answered: Sequence[Logged | None],
        lists: defaultdict[str, list[Span]],
    ) -> list[Entry]:
        if len(asked) != len(answered):
            self._run.problems.append(
                f"{model} has {len(asked)} requests and {len(answered)} responses: "
                "which belong together was worked out from what they say"
            )
        asked_ns = self._moments(lists[f"{model}_request_timestamps"], len(asked))
        answered_ns = self._moments(lists[f"{model}_response_timestamps"], len(answered))
        if one_by_one(asked_ns, answered_ns) or self._goes_on(asked, answered):
            order: list[tuple[int, int | None]] = [(at, at) for at in range(len(asked))]
        else:
            order = self._paired(model, asked, answered, asked_ns, answered_ns)
            unread = [
                (at, None) for at, one in enumerate(asked) if one is None
            ]  # a step each all the same
            order = sorted([*order, *unread], key=lambda pair: pair[0])
        entries = [
            (
                (one, 1),
                Entry(
                    model,
                    asked[one],
                    answered[other] if other is not None else None,
                    "",
                    asked_ns[one],
                    answered_ns[other] if other is not None else None,
                    None,
                ),
            )
            for one, other in order
        ]
        if len(answered) > len(asked):  # requests are missing: a step each all the same
            taken = {other for _, other in order}
            orphans = [at for at, one in enumerate(answered) if one is not None and at not in taken]
            entries += [
                ((at, 0), Entry(model, None, None, "", answered_ns[at], None, None))
                for at in orphans
            ]
        return [entry for _, entry in sorted(entries, key=lambda placed: placed[0])]

    def _in_turn(
        self, model: str, lists: defaultdict[str, list[Span]]
    ) -> tuple[list[Logged | None], list[Logged | None]]:
        """Read requests and responses by turns, as they mostly follow each other."""
        requests, responses = lists[f"{model}_requests"], lists[f"{model}_responses"]
        asked, answered = list[Logged | None](), list[Logged | None]()
        for index in range(max(len(requests), len(responses))):
            if index < len(requests):
                asked.append(self._bodies.read(requests[index], f"{model} request {index + 1}"))
            if index < len(responses):
                answered.append(
                    self._bodies.read(responses[index], f"{model} response {index + 1}")
                )
        return asked, answered

    def _goes_on(self, asked: Sequence[Logged | None], answered: Sequence[Logged | None]) -> bool:
        """Whether it is one call after another, as far as recurrent states tell: position pairs them rightly."""
        if len(asked) != len(answered) or any(one is None for one in (*asked, *answered)):
            return False
        sides = [one for one in asked if one], [one for one in answered if one]
        same_number = all(
            len(one.agents) in (0, len(other.agents)) for one, other in zip(*sides, strict=True)
        )
        followed = zip(sides[0][1:], sides[1], strict=False)
        return same_number and all(
            one.agents.recurrent == before.agents.recurrent for one, before in followed
        )

    def _paired(
        self,
        model: str,
        asked: Sequence[Logged | None],
        answered: Sequence[Logged | None],
        asked_ns: Sequence[int | None],
        answered_ns: Sequence[int | None],
    ) -> list[tuple[int, int | None]]:
        requests = [self._bodies.side(one, asked_ns[at], at) for at, one in enumerate(asked) if one]
        responses = [
            self._bodies.side(one, answered_ns[at], at) for at, one in enumerate(answered) if one
        ]
        takers = [side.outline for side in requests] if model == "drive" else []
        pairs = paired(model, requests, responses, takers).pairs
        return [
            (pair.request.position, pair.response.position if pair.response else None)
            for pair in pairs
        ]

    def _check_large(self, lists: defaultdict[str, list[Span]]) -> None:
        """Make sure that the calls of each large one are in the log too."""
        for large, model in zip(_LARGE, _STEPPING, strict=True):
            calls = [
                self._bodies.side(one, None, at)
                for at, span in enumerate(lists[f"{model}_requests"])
                if (one := self._bodies.read(span, "")) is not None
            ]
            wholes = [
                self._bodies.side(one, None, at)
                for at, span in enumerate(lists[f"{large}_requests"])
                if (one := self._bodies.read(span, f"{large} request {at + 1}")) is not None
            ]
            if not all(redundant(wholes, calls, drives=large == "large_drive")):
                raise DividedLogError

    def _lookups(self, lists: defaultdict[str, list[Span]]) -> list[Entry]:
        requests, responses = lists[f"{LOCATION}_requests"], lists[f"{LOCATION}_responses"]
        asked_ns = self._moments(lists[f"{LOCATION}_request_timestamps"], len(requests))
        answered_ns = self._moments(lists[f"{LOCATION}_response_timestamps"], len(responses))
        if len(requests) != len(responses):
            self._run.problems.append(
                f"{LOCATION} has {len(requests)} requests and {len(responses)} responses: they were paired by position"
            )
        found = []
        for at, span in enumerate(requests):
            try:
                text = self._file.text(span).decode("utf-8", "replace")
                asked = (
                    logged_location_request(text)
                    if text.startswith("?")
                    else parse_json(text.encode())
                )
            except ValueError:
                self._run.problems.append(f"{LOCATION} request {at + 1} is no JSON: left out")
                continue
            given = (
                {name: one for name, one in asked.items() if one is not None}
                if isinstance(asked, dict)
                else {}
            )
            answer = responses[at] if at < len(responses) else None
            if answer and isinstance(given.get("location"), str):
                self._run.maps.setdefault(given["location"], self._map(answer, at))
            came = answered_ns[at] if at < len(answered_ns) else None
            query = f"?{urlencode(given, doseq=True)}" if given else ""
            found.append(Entry(LOCATION, None, None, query, asked_ns[at], came, answer))
        return found

    def _map(self, span: Span, at: int) -> dict[str, Any]:
        try:
            value = parse_json(self._file.text(span))
        except ValueError:
            self._run.problems.append(f"{LOCATION} response {at + 1} is no JSON: left out")
            return {}
        return (
            {name: one for name, one in value.items() if name != "birdview_image"}
            if isinstance(value, dict)
            else {}
        )

    def _moments(self, spans: Sequence[Span], count: int) -> list[int | None]:
        if len(spans) > count:  # which of them has lost its call?
            return [None] * count
        found = []
        for span in spans:
            try:
                value = orjson.loads(self._file.at(span))
            except ValueError:
                value = None
            found.append(parse_timestamp(value) if isinstance(value, str) else None)
        return [*found, *[None] * (count - len(found))]

    # Pairs to calls

    def _number(self, entries: list[Entry]) -> None:
        for number, (entry, started, ended) in enumerate(timed(entries), start=1):
            if entry.request is None and entry.model != LOCATION:
                self._run.gaps.append(started)
                continue
            call = call_of(number, entry, started, ended)
            self._run.calls.append(call)
            if entry.request is not None:
                self._run.observations.append(_observed(call, entry.request, entry.response))
                self._run.items[number] = (
                    entry.request.item,
                    entry.response.item if entry.response else None,
                )


def _observed(call: Call, asked: Logged, answered: Logged | None) -> Observation:
    version = answered.facts.model_version if answered else None
    return observation(
        call, asked.facts, version, asked.agents, answered.agents if answered else _NOBODY
    )


def _no_log(path: Path, problems: Sequence[str]) -> str:
    if not path.stat().st_size:
        return f"{path} is empty, no debug log"
    why = problems[0] if problems else "none of its keys ends in '_requests'"
    give = "give the file that IAI_LOGGER_PATH or 'iai-proxy export debug-log' wrote"
    return f"{path} is not a debug log: {why}; {give}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
