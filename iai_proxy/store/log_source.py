"""A debug log as a run: which calls it holds, what lineage needs of each, and where their bodies stand in the file.

The file is read from front to back for where its items are, then item by item. Nothing of it is kept but
observations, some kilobytes a step, and of a log of one simulation with nothing amiss these share what is equal.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import orjson

from iai_proxy.checks.sdk import Span, find_spans
from iai_proxy.errors import InputError
from iai_proxy.exchange import Call
from iai_proxy.formats.sdk_shapes import logged_location_request
from iai_proxy.formats.timestamps import parse_timestamp
from iai_proxy.lineage import Observation
from iai_proxy.lineage.fingerprint import FRESH
from iai_proxy.lineage.observe import Agents
from iai_proxy.matching import canonical_json, parse_json
from iai_proxy.store.import_large import redundant
from iai_proxy.store.import_pairs import Side, paired
from iai_proxy.store.import_sketch import Sketch, sketched
from iai_proxy.store.importing import NO_RESPONSE
from iai_proxy.store.lazy_body import RECURRENT, LazyBody
from iai_proxy.store.log_items import MARK_BITS, Item, LogFile, marks_of, plain_rows

_CHUNK_BYTES: Final = 1 << 20
_STEPPING: Final = ("initialize", "drive")
_LARGE: Final = ("large_initialize", "large_drive")
_LOCATION: Final = "location_info"
#: What the C++ SDK calls a model.
_ALIASES: Final = {"location": _LOCATION}
_WANTED: Final = tuple(
    f"{model}_{what}"
    for model in (*_STEPPING, *_LARGE, _LOCATION, *_ALIASES)
    for what in ("requests", "responses", "request_timestamps", "response_timestamps")
)
_COMMON: Final = (
    "location", "traffic_lights_states", "light_recurrent_states", "get_infractions", "random_seed", "model_version",
)  # fmt: skip
_PREFIX: Final = "/v0/aws/m1"
_NS_PER_US: Final = 1_000
_NO_STATE: Final = (0.0, 0.0, 0.0, 0.0)
_NOBODY: Final = Agents(array("Q"), array("Q"), array("d"))


class DividedLogError(Exception):
    """The log has large calls without the calls that they were made of: these have to be made up first."""


@dataclass(eq=False, slots=True)
class Logged:
    """One request or response of a log."""

    item: Item
    agents: Agents
    body: dict[str, Any]  # a few fields that are no agent's
    sketch: Sketch | None
    digest: bytes

    def __len__(self) -> int:
        """How many bytes it has in the log."""
        return self.item.span.end - self.item.span.start


class _Entry(NamedTuple):
    model: str
    request: Logged | None
    response: Logged | None
    query: str
    request_ns: int | None
    response_ns: int | None
    response_span: Span | None


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
        items: where the request and the answer of each exchange with agents stand.
    """

    file: LogFile
    exactly: bool
    calls: list[Call] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    maps: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    items: dict[int, tuple[Item, Item | None]] = field(default_factory=dict)

    def bodies(self, number: int) -> tuple[LazyBody, LazyBody]:
        """Return a call's request and answer; an empty one where there is none.

        Raises:
            InputError: the file was changed meanwhile.
        """
        asked, answered = self.items[number]
        try:
            return self.file.body(asked), self.file.body(answered) if answered else LazyBody({})
        except ValueError as error:
            raise InputError("the log was changed while it was read") from error


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
            problems: list[str] = []
            spans = find_spans(iter(partial(stream.read, _CHUNK_BYTES), b""), _WANTED, problems.append)
            yield _Reader(path, LogFile(stream), exactly=exactly).run(spans, problems)
    except OSError as error:
        raise InputError(f"can't read {path} ({error.strerror}): give the debug log of an SDK") from error


class _Reader:
    def __init__(self, path: Path, file: LogFile, *, exactly: bool) -> None:
        self._path = path
        self._file = file
        self._exactly = exactly
        self._run = LogRun(file, exactly)
        self._latest: Logged | None = None  # with its recurrent states' text
        self._latest_text = b""
        self._serial = 1
        self._numbered_only = True  # whatever was sent is, as a whole, what was answered just before
        self._hashes: dict[str, tuple[Any, bytes]] = {}

    def run(self, spans: dict[str, list[Span]], problems: list[str]) -> LogRun:
        lists: defaultdict[str, list[Span]] = defaultdict(list)
        for name, found in spans.items():
            model, _, what = name.partition("_re")
            lists[f"{_ALIASES.get(model, model)}_re{what}"] += found
        self._run.problems += [f"{one}; what stands whole before it was read" for one in problems]
        if not spans:
            raise InputError(_no_log(self._path, problems))
        read = {model: self._in_turn(model, lists) for model in _STEPPING}
        if not self._numbered_only:
            for _, answered in read.values():
                self._look_closer(answered)
        entries = self._lookups(lists)
        entries += [entry for model in _STEPPING for entry in self._entries(model, *read[model], lists)]
        if any(lists[f"{model}_requests"] for model in _LARGE):
            self._check_large(lists)
        self._number(entries)
        return self._run

    # Lists to pairs

    def _entries(
        self,
        model: str,
        asked: Sequence[Logged | None],
        answered: Sequence[Logged | None],
        lists: defaultdict[str, list[Span]],
    ) -> list[_Entry]:
        if len(asked) != len(answered):
            self._run.problems.append(
                f"{model} has {len(asked)} requests and {len(answered)} responses: "
                "which belong together was worked out from what they say"
            )
        asked_ns = self._moments(lists[f"{model}_request_timestamps"], len(asked))
        answered_ns = self._moments(lists[f"{model}_response_timestamps"], len(answered))
        if _one_by_one(asked_ns, answered_ns) or self._goes_on(asked, answered):
            order: list[tuple[int, int | None]] = [(at, at) for at in range(len(asked))]
        else:
            order = self._paired(model, asked, answered, asked_ns, answered_ns)
        return [
            _Entry(
                model,
                asked[one],
                answered[other] if other is not None else None,
                "",
                asked_ns[one],
                answered_ns[other] if other is not None else None,
                None,
            )
            for one, other in order
            if asked[one] is not None
        ]

    def _in_turn(
        self, model: str, lists: defaultdict[str, list[Span]]
    ) -> tuple[list[Logged | None], list[Logged | None]]:
        """Read requests and responses by turns, as they mostly follow each other."""
        requests, responses = lists[f"{model}_requests"], lists[f"{model}_responses"]
        asked, answered = list[Logged | None](), list[Logged | None]()
        for index in range(max(len(requests), len(responses))):
            if index < len(requests):
                asked.append(self._logged(requests[index], f"{model} request {index + 1}"))
            if index < len(responses):
                answered.append(self._logged(responses[index], f"{model} response {index + 1}"))
        return asked, answered

    def _look_closer(self, answered: Sequence[Logged | None]) -> None:
        """Give each agent the mark of its own recurrent state, where all were numbered without looking at them."""
        for one in answered:
            if one and one.item.recurrent.start < one.item.recurrent.end and any(one.agents.recurrent):
                marks = marks_of(self._file.at(one.item.recurrent), None, exactly=self._exactly)
                if len(marks) == len(one.agents):
                    one.agents.recurrent[:] = marks  # in place: requests that sent the same share it

    def _goes_on(self, asked: Sequence[Logged | None], answered: Sequence[Logged | None]) -> bool:
        """Whether it is one call after another, as far as recurrent states tell: position pairs them rightly."""
        if len(asked) != len(answered) or any(one is None for one in (*asked, *answered)):
            return False
        sides = [one for one in asked if one], [one for one in answered if one]
        same_number = all(len(one.agents) in (0, len(other.agents)) for one, other in zip(*sides, strict=True))
        followed = zip(sides[0][1:], sides[1], strict=False)
        return same_number and all(one.agents.recurrent == before.agents.recurrent for one, before in followed)

    def _paired(
        self,
        model: str,
        asked: Sequence[Logged | None],
        answered: Sequence[Logged | None],
        asked_ns: Sequence[int | None],
        answered_ns: Sequence[int | None],
    ) -> list[tuple[int, int | None]]:
        requests = [self._side(one, asked_ns[at], at) for at, one in enumerate(asked) if one]
        responses = [self._side(one, answered_ns[at], at) for at, one in enumerate(answered) if one]
        takers = [side.outline for side in requests] if model == "drive" else []
        pairs = paired(model, requests, responses, takers).pairs
        return [(pair.request.position, pair.response.position if pair.response else None) for pair in pairs]

    def _side(self, one: Logged, ns: int | None, position: int) -> Side:
        if one.sketch is None:
            body = self._file.body(one.item)
            one.sketch = self._sketch(body, one.agents.recurrent)
        return Side(one.digest.hex(), ns, position, one.sketch)

    def _sketch(self, body: LazyBody, marks: array[int]) -> Sketch:
        rest = body.without_recurrent()
        found = sketched(orjson.dumps(dict(rest)).decode())
        return Sketch(
            found.states, tuple(marks), found.sizes, found.asked, found.location, found.seed, found.center,
            found.map_source, found.fov,
        )  # fmt: skip

    def _check_large(self, lists: defaultdict[str, list[Span]]) -> None:
        """Make sure that the calls of each large one are in the log too."""
        for large, model in zip(_LARGE, _STEPPING, strict=True):
            calls = [
                self._side(one, None, at)
                for at, span in enumerate(lists[f"{model}_requests"])
                if (one := self._logged(span, "")) is not None
            ]
            wholes = [
                self._side(one, None, at)
                for at, span in enumerate(lists[f"{large}_requests"])
                if (one := self._logged(span, f"{large} request {at + 1}")) is not None
            ]
            if not all(redundant(wholes, calls, drives=large == "large_drive")):
                raise DividedLogError

    def _lookups(self, lists: defaultdict[str, list[Span]]) -> list[_Entry]:
        requests, responses = lists[f"{_LOCATION}_requests"], lists[f"{_LOCATION}_responses"]
        asked_ns = self._moments(lists[f"{_LOCATION}_request_timestamps"], len(requests))
        answered_ns = self._moments(lists[f"{_LOCATION}_response_timestamps"], len(responses))
        if len(requests) != len(responses):
            self._run.problems.append(
                f"{_LOCATION} has {len(requests)} requests and {len(responses)} responses: they were paired by position"
            )
        found = []
        for at, span in enumerate(requests):
            try:
                text = self._file.text(span).decode("utf-8", "replace")
                asked = logged_location_request(text) if text.startswith("?") else parse_json(text.encode())
            except ValueError:
                self._run.problems.append(f"{_LOCATION} request {at + 1} is no JSON: left out")
                continue
            given = {name: one for name, one in asked.items() if one is not None} if isinstance(asked, dict) else {}
            answer = responses[at] if at < len(responses) else None
            if answer and isinstance(given.get("location"), str):
                self._run.maps.setdefault(given["location"], self._map(answer, at))
            came = answered_ns[at] if at < len(answered_ns) else None
            query = f"?{urlencode(given, doseq=True)}" if given else ""
            found.append(_Entry(_LOCATION, None, None, query, asked_ns[at], came, answer))
        return found

    def _map(self, span: Span, at: int) -> dict[str, Any]:
        try:
            value = parse_json(self._file.text(span))
        except ValueError:
            self._run.problems.append(f"{_LOCATION} response {at + 1} is no JSON: left out")
            return {}
        return {name: one for name, one in value.items() if name != "birdview_image"} if isinstance(value, dict) else {}

    # One body

    def _logged(self, span: Span, place: str) -> Logged | None:
        try:
            item, body, text = self._file.located(span, self._latest_text)
        except (ValueError, RecursionError):
            self._run.problems.append(f"{place} is no JSON: left out")
            return None
        states = _list(body.get("agent_states"))
        drives = place.startswith(("drive", "large_drive"))
        if "agent_states" not in body and (drives or "response" in place):
            self._run.problems.append(f"{place} has no agent_states")
        if not states and (history := _list(body.get("states_history"))):
            states = _list(history[-1])
        agents = self._agents(states, text, body, is_answer="response" in place)
        kept = {name: body.get(name) for name in (*_COMMON, "num_agents_to_spawn", "location_of_interest")}
        given = _list(body.get("agent_properties")) or _list(body.get("agent_attributes"))
        kept["properties"], kept["given"] = self._hash("properties", given), len(given)
        kept["common"] = self._hash("common", {name: body.get(name) for name in _COMMON})
        digest = self._digest(agents, kept)
        self._latest = Logged(item, agents, kept, None, digest)
        self._latest_text = text
        return self._latest

    def _agents(self, states: list[Any], text: bytes, body: LazyBody, *, is_answer: bool) -> Agents:
        before = self._latest
        count = len(states)
        if before and text and text is self._latest_text and len(before.agents.recurrent) == count:
            recurrent = before.agents.recurrent
        elif is_answer and not self._exactly and plain_rows(text) == count:
            recurrent = array("Q", range(self._serial, self._serial + count))
            self._serial += count
        else:
            rows = body.get(RECURRENT) if not text else None
            recurrent = marks_of(text, rows, exactly=self._exactly)[:count]
            recurrent.extend([FRESH] * (count - len(recurrent)))
            self._numbered_only = self._numbered_only and not any(recurrent)
        coordinates = array("d")
        try:
            for state in states:
                coordinates.extend(state)
        except TypeError:
            coordinates = array("d")
        if len(coordinates) != 4 * count:
            coordinates = _odd_coordinates(states)
        elif before and before.agents.coordinates == coordinates:
            return Agents(recurrent, before.agents.states, before.agents.coordinates)
        packed = coordinates.tobytes()
        size = 4 * coordinates.itemsize
        states_marks = [hash(packed[at : at + size]) & MARK_BITS or 1 for at in range(0, len(packed), size)]
        return Agents(recurrent, array("Q", states_marks), coordinates)

    def _hash(self, kind: str, value: Any) -> bytes:
        known = self._hashes.get(kind)
        if known is not None and known[0] == value:
            return known[1]
        digest = blake2b(canonical_json(value), digest_size=8).digest()
        self._hashes[kind] = value, digest
        return digest

    def _digest(self, agents: Agents, kept: dict[str, Any]) -> bytes:
        parts = hash(agents.recurrent.tobytes()), hash(agents.states.tobytes())
        marks: bytes = b"%016x%016x" % tuple(one & MARK_BITS for one in parts)
        return b"".join((marks, kept["common"], kept["properties"]))

    def _moments(self, spans: Sequence[Span], count: int) -> list[int | None]:
        found = []
        for span in spans[:count]:
            try:
                value = orjson.loads(self._file.at(span))
            except ValueError:
                value = None
            found.append(parse_timestamp(value) if isinstance(value, str) else None)
        return [*found, *[None] * (count - len(found))]

    # Pairs to calls

    def _number(self, entries: list[_Entry]) -> None:
        for number, (entry, started, ended) in enumerate(_timed(entries), start=1):
            call = _call(number, entry, started, ended)
            self._run.calls.append(call)
            if entry.request is not None:
                self._run.observations.append(_observed(call, entry.request, entry.response))
                self._run.items[number] = entry.request.item, entry.response.item if entry.response else None


def _one_by_one(asked_ns: Sequence[int | None], answered_ns: Sequence[int | None]) -> bool:
    """Whether by their times each call was answered before the next began: then position pairs them rightly."""
    times = [ns for pair in zip(asked_ns, answered_ns, strict=False) for ns in pair if ns is not None]
    return len(times) == len(asked_ns) + len(answered_ns) == 2 * len(asked_ns) and times == sorted(times)


def _timed(entries: Sequence[_Entry]) -> Iterator[tuple[_Entry, int, int]]:
    """Give each call its times, in their order; those that are not logged are made up."""
    placed, latest, model = list[tuple[int, _Entry]](), 0, ""
    for entry in entries:
        latest = 0 if entry.model != model else latest
        model = entry.model
        latest = latest if entry.request_ns is None else entry.request_ns
        placed.append((latest, entry))
    placed.sort(key=lambda one: one[0])
    latest = 0
    for _, entry in placed:
        started = latest + _NS_PER_US if entry.request_ns is None else entry.request_ns
        ended = started + _NS_PER_US if entry.response_ns is None else max(started, entry.response_ns)
        latest = started if entry.request_ns is not None else ended
        yield entry, started, ended


def _call(number: int, entry: _Entry, started: int, ended: int) -> Call:
    answered = entry.response is not None or entry.response_span is not None
    return Call(
        id=number,
        connection="debug-log",
        endpoint=entry.model,
        method="GET" if entry.model == _LOCATION else "POST",
        target=f"{_PREFIX}/{entry.model}{entry.query}",
        status=200 if answered else None,
        failure=None if answered else NO_RESPONSE,
        started_ns=started,
        request_ended_ns=started,
        response_started_ns=ended if answered else None,
        ended_ns=ended,
        request_hash=entry.request.digest if entry.request else entry.query.encode(),
        response_hash=entry.response.digest if entry.response else None,
        request_bytes=len(entry.request) if entry.request else 0,
        response_bytes=len(entry.response) if entry.response else 0,
        sdk_version=None,
    )


def _observed(call: Call, asked: Logged, answered: Logged | None) -> Observation:
    body, answer = asked.body, answered.body if answered else {}
    center = _list(body["location_of_interest"])
    spawned = body["num_agents_to_spawn"]
    version = answer.get("model_version") or body["model_version"]
    location, seed = body["location"], body["random_seed"]
    return Observation(
        call=call,
        sent=asked.agents,
        received=answered.agents if answered else _NOBODY,
        asked=max(body["given"], len(asked.agents), spawned if isinstance(spawned, int) else 0),
        recurrent_given=any(asked.agents.recurrent),
        common=body["common"],
        location=location if isinstance(location, str) else None,
        seed=seed if isinstance(seed, int) else None,
        model_version=version if isinstance(version, str) else None,
        center=(center[0], center[1])
        if len(center) == 2 and all(isinstance(one, int | float) for one in center)
        else None,
        properties=body["properties"],
    )


def _odd_coordinates(states: Sequence[Any]) -> array[float]:
    found = array("d")
    for state in states:
        try:
            row = array("d", _list(state)[:4])
        except (TypeError, OverflowError):
            row = array("d")
        found.extend(row if len(row) == 4 else _NO_STATE)
    return found


def _no_log(path: Path, problems: Sequence[str]) -> str:
    if not path.stat().st_size:
        return f"{path} is empty, no debug log"
    why = problems[0] if problems else "none of its keys ends in '_requests'"
    give = "give the file that IAI_LOGGER_PATH or 'iai-proxy export debug-log' wrote"
    return f"{path} is not a debug log: {why}; {give}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
