"""From a debug log's requests and responses to calls: their times, and which of them a log lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from iai_proxy.api import NOT_LOGGED, Call, Endpoint
from iai_proxy.logs import Span
from iai_proxy.logs.log_bodies import Logged

LOCATION: Final = "location_info"
_PREFIX: Final = "/v0/aws/m1"
_NS_PER_US: Final = 1_000


class Entry(NamedTuple):
    """A request of a log and its response, as far as they are there."""

    model: str
    request: Logged | None
    response: Logged | None
    query: str
    request_ns: int | None
    response_ns: int | None
    response_span: Span | None


def one_by_one(asked_ns: Sequence[int | None], answered_ns: Sequence[int | None]) -> bool:
    """Whether by their times each call was answered before the next began: then position pairs them rightly."""
    times = [
        ns for pair in zip(asked_ns, answered_ns, strict=False) for ns in pair if ns is not None
    ]
    return len(times) == len(asked_ns) + len(answered_ns) == 2 * len(asked_ns) and times == sorted(
        times
    )


def timed(entries: Sequence[Entry]) -> Iterator[tuple[Entry, int, int]]:
    """Give each call its times, in their order; those that are not logged are made up."""
    placed, latest, model = list[tuple[int, Entry]](), 0, ""
    for entry in entries:
        latest = 0 if entry.model != model else latest
        model = entry.model
        latest = latest if entry.request_ns is None else entry.request_ns
        placed.append((latest, entry))
    placed.sort(key=lambda one: one[0])
    latest = 0
    for _, entry in placed:
        started = latest + _NS_PER_US if entry.request_ns is None else entry.request_ns
        ended = (
            started + _NS_PER_US if entry.response_ns is None else max(started, entry.response_ns)
        )
        latest = started if entry.request_ns is not None else ended
        yield entry, started, ended


def call_of(number: int, entry: Entry, started: int, ended: int) -> Call:
    """Return an entry as a call, of which a log has no more than this."""
    answered = entry.response is not None or entry.response_span is not None
    return Call(
        id=number,
        connection="debug-log",
        endpoint=Endpoint(entry.model),
        method="GET" if entry.model == LOCATION else "POST",
        target=f"{_PREFIX}/{entry.model}{entry.query}",
        status=200 if answered else None,
        failure=None if answered else NOT_LOGGED,
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
