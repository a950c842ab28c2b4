"""A debug log of the Python or the C++ SDK as a recording that can be replayed.

What a log lacks is made up as little as can be: calls go to the commercial address over one
connection, have status 200 and no headers but the type, and, where the log has no times, a
microsecond each from the one before. Nothing the SDK does not log is there: retries, ``light``,
``blame``, why a call failed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from iai_proxy.api import NOT_LOGGED, Exchange, Request, Response
from iai_proxy.errors import InputError
from iai_proxy.logs import DebugLog, read_debug_log
from iai_proxy.logs.import_large import divided, redundant
from iai_proxy.logs.import_pairs import Pair, Side, paired, takers_among
from iai_proxy.recordings.writer import RecordingWriter

_HOST: Final = "api.inverted.ai"
_PREFIX: Final = "/v0/aws/m1"
_JSON: Final = (("content-type", "application/json"),)
_NS_PER_US: Final = 1_000
#: Whole calls, and the calls they are made of.
_LARGE: Final = {"large_drive": "drive", "large_initialize": "initialize"}
_MODELS: Final = ("location_info", "initialize", "drive", *_LARGE)
#: What the reader says of lists of unequal length. Pairs do not go by position here.
_BY_POSITION: Final = "pairs go by position"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a log.

    Attributes:
        calls: exchanges written.
        unanswered: how many of them have no response.
        repaired: pairs that the log's positions have wrong.
        doubtful: numbers of the exchanges whose response may belong to another request.
        orphans: responses that no request fits; they are left out.
        redundant: large entries left out because the calls they were made of are there.
        divided: large entries turned into calls.
        problems: what could not be read or is doubtful, a sentence each.
    """

    calls: int
    unanswered: int
    repaired: int
    doubtful: tuple[int, ...]
    orphans: int
    redundant: int
    divided: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Call:
    model: str
    request: str
    response: str | None
    started_ns: int
    ended_ns: int
    doubtful: bool


def import_debug_log(log: Path, out: Path) -> Imported:
    """Turn a debug log into a recording. All of the log is held in memory.

    Args:
        log: of either SDK; one that was cut off is imported as far as it goes.
        out: the recording, which must not exist.

    Raises:
        InputError: nothing of the log can be read.
        UsageError: the recording exists or can't be written.
        RecordingFailedError: the disk is full.
    """
    try:
        data = log.read_bytes()
    except OSError as error:
        raise InputError(
            f"can't read {log} ({error.strerror}): give the debug log of an SDK"
        ) from error
    found = _Import(read_debug_log(data, log.name))
    with RecordingWriter(out) as writer:
        numbers = [
            (call, writer.append(partial(_exchange, call, log.name))) for call in found.calls
        ]
        doubtful = tuple(number.result() for call, number in numbers if call.doubtful)
        for _, number in numbers:
            number.result()
    return Imported(
        calls=len(found.calls),
        unanswered=sum(call.response is None for call in found.calls),
        repaired=found.repaired,
        doubtful=doubtful,
        orphans=found.orphans,
        redundant=found.redundant,
        divided=found.divided,
        problems=tuple(found.problems),
    )


class _Import:
    """The calls of a log, in the order of their requests."""

    def __init__(self, log: DebugLog) -> None:
        self.problems = [problem for problem in log.problems if _BY_POSITION not in problem]
        self.repaired = self.orphans = self.redundant = self.divided = 0
        requests, responses = _sides(log)
        for model in sorted({*requests, *responses} - {*_MODELS}):
            self.problems.append(f"{model} entries are no calls of the SDK's: they were left out")
        takers = takers_among(
            [side.text for side in requests[model]] for model in ("drive", "large_drive")
        )
        pairs: list[Pair] = []
        for model in _MODELS:
            superfluous = [False] * len(requests[model])
            if model in _LARGE:
                calls = requests[_LARGE[model]]
                superfluous = redundant(requests[model], calls, drives=model == "large_drive")
            if all(superfluous):
                self.redundant += len(superfluous)
                self.orphans += 0 if superfluous else len(responses[model])
                continue
            pairing = paired(model, requests[model], responses[model], takers)
            kept = [
                pair
                for pair, left_out in zip(pairing.pairs, superfluous, strict=True)
                if not left_out
            ]
            self.redundant += len(superfluous) - len(kept)
            self.orphans += pairing.orphans
            self.repaired += sum(pair.repaired for pair in kept)
            pairs += kept
        order = {(one.model, one.position): place for place, one in enumerate(log.calls)}
        pairs.sort(key=lambda pair: order[pair.model, pair.request.position])
        self.calls = [
            call for pair, began, ended in _timed(pairs) for call in self._calls(pair, began, ended)
        ]

    def _calls(self, pair: Pair, started_ns: int, ended_ns: int) -> Iterator[_Call]:
        if pair.model not in _LARGE:
            answer = pair.response.text if pair.response else None
            yield _Call(pair.model, pair.request.text, answer, started_ns, ended_ns, pair.doubtful)
            return
        try:
            parts = list(divided(pair))
        except (InputError, ValueError, TypeError, LookupError, AttributeError) as error:
            number = pair.request.position + 1
            self.problems.append(
                f"{pair.model} request {number} can't be divided and was left out: {error}"
            )
            return
        self.divided += 1
        for part in parts:
            yield _Call(
                _LARGE[pair.model], part.request, part.response, started_ns, ended_ns, pair.doubtful
            )


def _sides(log: DebugLog) -> tuple[defaultdict[str, list[Side]], defaultdict[str, list[Side]]]:
    """Take the log's pairs apart again: requests and responses by model, in the order of its lists."""
    requests: defaultdict[str, list[Side]] = defaultdict(list)
    responses: defaultdict[str, list[Side]] = defaultdict(list)
    for one in sorted(log.calls, key=lambda one: one.position):
        if one.request is not None:
            requests[one.model].append(Side(one.request, one.request_ns, one.position))
        if one.response is not None:
            responses[one.model].append(Side(one.response, one.response_ns, one.position))
    return requests, responses


def _timed(pairs: Sequence[Pair]) -> Iterator[tuple[Pair, int, int]]:
    """Give each pair the times of its request and of its response; those that are not logged are made up, in order."""
    latest = next((pair.request.ns for pair in pairs if pair.request.ns is not None), 0)
    for pair in pairs:
        started = latest + _NS_PER_US if pair.request.ns is None else pair.request.ns
        ended = pair.response.ns if pair.response else started
        ended = started + _NS_PER_US if ended is None else max(started, ended)
        latest = started if pair.request.ns is not None else ended
        yield pair, started, ended


def _exchange(call: _Call, name: str) -> Exchange:
    body = b"" if call.model == "location_info" else _encoded(call.request)
    query = _query(call.request) if call.model == "location_info" else ""
    request = Request(
        method="GET" if call.model == "location_info" else "POST",
        scheme="https",
        host=_HOST,
        port=443,
        target=f"{_PREFIX}/{call.model}{query}",
        http_version="HTTP/1.1",
        headers=_JSON if body else (),
        body=body,
        encoding="",
        started_ns=call.started_ns,
        ended_ns=call.started_ns,
    )
    response = None
    if call.response is not None:
        answer = _encoded(call.response)
        response = Response(200, "OK", "HTTP/1.1", _JSON, answer, "", call.ended_ns, call.ended_ns)
    failure = None if response else NOT_LOGGED
    return Exchange(f"log:{name}", "debug-log", request, response, failure, call.ended_ns)


def _query(logged: str) -> str:
    """Return a logged ``location_info`` request as the query that ``requests`` makes of it: without what is None."""
    value = json.loads(logged)
    given = (
        {name: item for name, item in value.items() if item is not None}
        if isinstance(value, dict)
        else {}
    )
    return f"?{urlencode(given, doseq=True)}" if given else ""


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
