"""A debug log of the Python or the C++ SDK as a recording that can be replayed.

What a log lacks is made up as little as can be: calls go to the commercial address over one
connection, have status 200 and no headers but the type, and, where the log has no times, a
microsecond each from the one before. Nothing the SDK does not log is there: retries, ``light``,
``blame``, why a call failed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from iai_proxy.api import FROM_LOG, NOT_LOGGED, Endpoint, Exchange, Request, Response
from iai_proxy.errors import InputError
from iai_proxy.logs.bodies import LogBody
from iai_proxy.logs.debug_log import DebugLog, PairedCall
from iai_proxy.logs.logged_large_calls import divided
from iai_proxy.logs.observing import API_PREFIX
from iai_proxy.logs.reader import opened_log
from iai_proxy.recordings.whole_files import new_recording
from iai_proxy.text import encodable

_HOST: Final = "api.inverted.ai"
_JSON: Final = (("content-type", "application/json"),)
#: How many exchanges may wait to be written, with their bodies if they are of a divided call.
_WAITING: Final = 128

_MakeExchange = Callable[[], Exchange]


@dataclass(slots=True)
class Imported:
    """What became of a log.

    Attributes:
        calls: exchanges written.
        unanswered: how many of them have no response.
        repaired: pairs that the log's positions have wrong.
        doubtful: numbers of the exchanges whose response may belong to another request.
        orphans: responses that no request fits; they are left out.
        redundant: large calls left out because the calls they were made of are there.
        divided: large calls turned into calls.
        problems: what could not be read or is odd, a sentence each.
        is_whole: whether all of the log could be read.
    """

    calls: int = 0
    unanswered: int = 0
    repaired: int = 0
    doubtful: list[int] = field(default_factory=list)
    orphans: int = 0
    redundant: int = 0
    divided: int = 0
    problems: list[str] = field(default_factory=list)
    is_whole: bool = True


def import_debug_log(log: Path, out: Path) -> Imported:
    """Turn a debug log into a recording. Bodies are read as they are written.

    Args:
        log: of either SDK; one that was cut off is imported as far as it goes.
        out: the recording, which must not exist, and does once all is written.

    Raises:
        InputError: nothing of the log can be read.
        UsageError: the recording exists or can't be written.
        RecordingFailedError: the disk is full.
    """
    with opened_log(log) as opened:
        return write_recording(opened, log.name, out)


def write_recording(log: DebugLog, name: str, out: Path) -> Imported:
    """Turn a log that is open into a recording; ``name`` is its own. Raises as above."""
    result = Imported(orphans=log.orphans, redundant=log.redundant, is_whole=not log.problems)
    result.problems += [*log.problems, *log.remarks]
    if not log.calls:
        result.problems.append("the log has no calls")
    waiting: deque[Future[int]] = deque()
    with new_recording(out) as writer:
        for call in log.calls:
            result.repaired += call.is_repaired
            for make in _exchanges(call, name, result):
                waiting.append(writer.append(make))
                result.calls += 1
                result.unanswered += call.response is None
                if call.is_doubtful:
                    result.doubtful.append(result.calls)  # a new recording numbers from 1
                if len(waiting) > _WAITING:
                    waiting.popleft().result()
        for number in waiting:
            number.result()
    return result


def _exchanges(call: PairedCall, name: str, result: Imported) -> Iterator[_MakeExchange]:
    """Yield what makes the exchanges of a call: one, or the parts of a large call."""
    if call.request is None:
        return
    if not call.model.is_large:
        yield partial(_exchange, call, name, call.request, call.response)
        return
    try:
        answer = call.response.text() if call.response else None
        parts = list(divided(call.model, call.request.text(), answer))
    except (InputError, ValueError, TypeError, LookupError, AttributeError) as error:
        # The texts of others quote what stands in the log.
        why = error if isinstance(error, InputError) else "it has not the shape that the SDK logs"
        result.problems.append(
            f"{call.model} request {call.position + 1} can't be divided and was left out: {why}"
        )
        return
    result.divided += 1
    yield from (partial(_made, call, name, "", *part) for part in parts)


def _exchange(call: PairedCall, name: str, request: LogBody, response: LogBody | None) -> Exchange:
    is_lookup = call.model is Endpoint.LOCATION_INFO
    body = b"" if is_lookup else request.text()
    return _made(call, name, request.query, body, response.text() if response else None)


def _made(call: PairedCall, name: str, query: str, body: bytes, answer: bytes | None) -> Exchange:
    endpoint = call.model.of_parts
    started_ns, ended_ns = call.started_ns, call.ended_ns
    request = Request(
        method="GET" if endpoint is Endpoint.LOCATION_INFO else "POST",
        scheme="https",
        host=_HOST,
        port=443,
        target=f"{API_PREFIX}/{endpoint}{query}",
        http_version="HTTP/1.1",
        headers=_JSON if body else (),
        body=body,
        encoding="",
        started_ns=started_ns,
        ended_ns=started_ns,
    )
    response = None
    if answer is not None:
        response = Response(200, "OK", "HTTP/1.1", _JSON, answer, "", ended_ns, ended_ns)
    failure = None if response else NOT_LOGGED
    return Exchange(f"log:{encodable(name)}", FROM_LOG, request, response, failure, ended_ns)
