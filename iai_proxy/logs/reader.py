"""The calls of a debug log of either SDK: each request with the response that belongs to it.

The file is read from front to back for where its items are, then body by body. Nothing of it is
kept but what pairing and lineage need, some kilobytes a step. The file is read a second time, more
carefully, only if a body can't be read.

The C++ SDK differs: it calls one model ``location``, sorts its keys (so timestamps stand before
bodies), writes empty lists, queries as they are, and indents. A log that breaks off is read as far
as it goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from iai_proxy.api import Endpoint, parse_json, parse_object
from iai_proxy.errors import InputError
from iai_proxy.lineage.observe import facts_of
from iai_proxy.logs.bodies import NO_AGENTS, BodyReader, LogBody, body_name
from iai_proxy.logs.call_order import in_order, timed
from iai_proxy.logs.debug_log import DebugLog, PairedCall
from iai_proxy.logs.json_scan import Span
from iai_proxy.logs.log_file import BodySpan, LogFile, opened
from iai_proxy.logs.logged_large_calls import redundant
from iai_proxy.logs.pairing import Pair, Side, paired
from iai_proxy.logs.sdk_shapes import logged_location_request
from iai_proxy.logs.spans import SUFFIXES, Lists
from iai_proxy.logs.timestamps import parse_timestamp
from iai_proxy.logs.unlogged_queries import with_queries

_MODELS: Final = (Endpoint.LOCATION_INFO, Endpoint.INITIALIZE, Endpoint.DRIVE)
_LARGE: Final = (Endpoint.LARGE_INITIALIZE, Endpoint.LARGE_DRIVE)
#: What the C++ SDK calls a model.
_ALIASES: Final = {"location": "location_info"}
_SHOWN: Final = 5


@contextmanager
def opened_log(path: Path) -> Iterator[DebugLog]:
    """Read a debug log of either SDK; its bodies can be read as long as the block runs.

    Raises:
        InputError: nothing of it can be read.
    """
    with opened(path) as file:
        yield _read(file, path)


def _read(file: LogFile, path: Path) -> DebugLog:
    reader = _Reader(file, _lists(file, path))
    if reader.has_unread:
        reader = _Reader(file, _lists(file, path, carefully=True))
    return reader.log()


def _lists(file: LogFile, path: Path, *, carefully: bool = False) -> Lists:
    lists = file.lists(carefully=carefully)
    if lists.items or lists.others:
        return lists
    why = lists.broken or "none of its keys ends in '_requests'"
    beginning = file.beginning()
    if not beginning:
        why = "the file is empty"
    elif not beginning.startswith("{"):
        why = f"it begins with {beginning!r}, not with '{{'"
    raise InputError(
        f"{path} is not a debug log: {why}; "
        "give the file that IAI_LOGGER_PATH or 'iai-proxy export debug-log' wrote"
    )


class _Reader:
    """Reads all bodies of a log, and puts its calls together when that succeeded.

    Attributes:
        has_unread: whether any body could not be read.
    """

    def __init__(self, file: LogFile, lists: Lists) -> None:
        self._file = file
        self._log = DebugLog(file, is_cut=lists.broken is not None)
        self._lists: defaultdict[str, list[Span]] = defaultdict(list)
        self._note_lists(lists)
        self._bodies = BodyReader(file, self._log.problems)
        self._sides = {model: self._in_turn(model) for model in _MODELS}
        self._redundant = {model: self._redundant_of(model) for model in _LARGE}
        for model, flags in self._redundant.items():
            if not all(flags):
                self._sides[model] = self._in_turn(model)
        unread = self._bodies.finish()
        for sides in self._sides.values():
            for side in sides:
                side.bodies[:] = [None if body in unread else body for body in side.bodies]
        self.has_unread = self._bodies.has_unread

    def log(self) -> DebugLog:
        """Put the calls together."""
        log = self._log
        calls = [call for model in self._sides for call in self._calls(model)]
        for model in _LARGE:
            if model not in self._sides:
                log.orphans += 0 if self._redundant[model] else self._count(model, "responses")
        for call in timed([*with_queries(in_order(calls))]):
            if call.request is None:
                log.gaps.append(len(log.calls))
            else:
                log.calls.append(call)
        log.problems = list(dict.fromkeys(log.problems))
        log.remarks = list(dict.fromkeys(log.remarks))
        return log

    # Lists

    def _note_lists(self, lists: Lists) -> None:
        log = self._log
        if lists.broken is not None:
            log.problems.append(f"{lists.broken}; everything before that was read")
        log.problems += [f"{name} is no list: it was not read" for name in lists.others]
        for name, items in lists.items.items():
            suffix = next(suffix for suffix in SUFFIXES if name.endswith(suffix))
            model = name.removesuffix(suffix)
            self._lists[f"{_ALIASES.get(model, model)}{suffix}"] += items
            if items and "timestamp" not in name and model not in {*_MODELS, *_LARGE, *_ALIASES}:
                log.remarks.append(f"{model} entries are no calls of the SDK: they were left out")

    def _count(self, model: Endpoint, kind: str) -> int:
        return len(self._lists[f"{model}_{kind}"])

    def _in_turn(self, model: Endpoint) -> tuple[Side, Side]:
        """Read requests and responses by turns, as they mostly follow each other."""
        requests = self._lists[f"{model}_requests"]
        responses = self._lists[f"{model}_responses"]
        sent: list[LogBody | None] = []
        answered: list[LogBody | None] = []
        for index in range(max(len(requests), len(responses))):
            if index < len(requests):
                sent.append(self._body(requests[index], model, index + 1, is_answer=False))
            if index < len(responses):
                answered.append(self._body(responses[index], model, index + 1, is_answer=True))
        if len(sent) != len(answered):
            self._log.unequal.append(
                f"{model} has {len(sent)} requests and {len(answered)} responses: "
                "which belong together was worked out from what they say"
            )
        return (
            Side(sent, self._times(model, "request", len(sent))),
            Side(answered, self._times(model, "response", len(answered))),
        )

    def _times(self, model: Endpoint, side: str, count: int) -> list[int | None]:
        """Return the time of each body, None for one that is not logged."""
        spans = self._lists[f"{model}_{side}_timestamps"]
        if len(spans) != count:
            self._log.remarks.append(
                f"{model} has {count} {side}s, but {len(spans)} timestamps for them"
            )
        if len(spans) > count:  # which of them has lost its body?
            return [None] * count
        times = [self._time(span) for span in spans]
        bad = [number for number, ns in enumerate(times, start=1) if ns is None]
        if bad:
            self._log.remarks.append(f"{model} timestamp of {_numbered(side, bad)} no time")
        return [*times, *[None] * (count - len(times))]

    def _time(self, span: Span) -> int | None:
        try:
            value = parse_json(self._file.raw(span))
        except ValueError:
            return None
        return parse_timestamp(value) if isinstance(value, str) else None

    # Bodies

    def _body(self, span: Span, model: Endpoint, number: int, *, is_answer: bool) -> LogBody | None:
        if model.is_stepping:
            return self._bodies.read(span, model, number, is_answer=is_answer)
        try:
            text = self._file.text(span)
            if is_answer:
                parse_json(text)
            query = "" if is_answer else _query(text)
            value = parse_object(text) if text.startswith(b"{") else {}
        except (ValueError, RecursionError):
            self._bodies.note_unread(body_name(model, number, is_answer=is_answer))
            return None
        place = BodySpan(span, Span(span.start, span.start))
        return LogBody(self._file, place, NO_AGENTS, facts_of(value), query)

    def _redundant_of(self, large: Endpoint) -> list[bool]:
        """Tell of each large request whether the log has the calls that it was made of."""
        spans = self._lists[f"{large}_requests"]
        large_calls = [
            self._bodies.read(span, large, number, is_answer=False, with_recurrent=False)
            for number, span in enumerate(spans, start=1)
        ]
        flags = redundant(large, large_calls, self._sides[large.of_parts][0].bodies)
        self._log.redundant += sum(
            flag for flag, whole in zip(flags, large_calls, strict=True) if whole
        )
        return flags

    # Calls

    def _calls(self, model: Endpoint) -> list[PairedCall]:
        """Return a model's calls in the order of its list, and one without request for each gap."""
        requests, responses = self._sides[model]
        flags = self._redundant.get(model, [])
        pairs = paired(model, requests, responses, self._takers(), self._others(model))
        calls = [
            _call(model, pair, requests, responses)
            for pair in pairs
            if not (flags and flags[pair.request])
        ]
        taken = {pair.response for pair in pairs if requests.bodies[pair.request]}
        orphans = [at for at in responses.read() if at not in taken]
        self._log.orphans += len(orphans)
        if len(responses) > len(requests):  # requests are missing: a step each all the same
            calls += (
                PairedCall(model, at, None, None, responses.times[at], None) for at in orphans
            )
        return sorted(calls, key=lambda call: (call.position, call.request is not None))

    def _others(self, model: Endpoint) -> list[LogBody]:
        """Return the answers of ``initialize`` where ``model`` is a drive, and the reverse."""
        sides = (
            self._sides[other][1] for other in self._sides if other.is_drive is not model.is_drive
        )
        return [body for side in sides for body in side.bodies if body]

    def _takers(self) -> list[LogBody]:
        sides = (self._sides[model][0] for model in self._sides if model.is_drive)
        return [body for side in sides for body in side.bodies if body]


def _call(model: Endpoint, pair: Pair, requests: Side, responses: Side) -> PairedCall:
    answer, answer_ns = None, None
    if pair.response is not None:
        answer, answer_ns = responses.bodies[pair.response], responses.times[pair.response]
    return PairedCall(
        model=model,
        position=pair.request,
        request=requests.bodies[pair.request],
        response=answer,
        request_ns=requests.times[pair.request],
        response_ns=answer_ns,
        is_repaired=pair.response not in {None, pair.request},
        is_doubtful=pair.is_doubtful,
    )


def _query(text: bytes) -> str:
    """Return a logged ``location_info`` request as the query that was sent: without what is None.

    The C++ SDK logs nothing.

    Raises:
        ValueError: it is neither JSON nor a query.
    """
    logged: Any
    if not text:
        return ""
    if text.startswith(b"?"):
        logged = logged_location_request(text.decode("utf-8", "replace"))
    else:
        logged = parse_json(text)
    given = logged.items() if isinstance(logged, dict) else ()
    query = urlencode([(name, value) for name, value in given if value is not None], doseq=True)
    return f"?{query}" if query else ""


def _numbered(side: str, numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"{side} {numbers[0]} is"
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"{side}s {', '.join(map(str, numbers[:_SHOWN]))}{more} are"
