"""A debug log as lineage sees it: its calls without bodies, and what was observed of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from iai_proxy.api import FROM_LOG, NOT_LOGGED, Call, Endpoint, LazyBody, parse_object
from iai_proxy.errors import InputError
from iai_proxy.lineage import Observation
from iai_proxy.lineage.observe import observation
from iai_proxy.logs.bodies import NO_AGENTS, LogBody
from iai_proxy.logs.debug_log import DebugLog, PairedCall

#: What is said of a log that changes while it is read, and what to do.
WRITTEN: Final = "the log was being written while it was read"
WAIT: Final = "diagnose it when the run has ended, or record the run"

API_PREFIX: Final = "/v0/aws/m1"


@dataclass(slots=True)
class ObservedLog:
    """The calls of a log and what lineage needs of them.

    Attributes:
        calls: in the order of their requests, numbered from 1.
        observations: of those with agents.
        maps: by location what ``location_info`` answered, without pictures.
    """

    calls: list[Call] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    maps: dict[str, Any] = field(default_factory=dict)
    _bodies: dict[int, tuple[LogBody, LogBody | None]] = field(default_factory=dict)

    def add(self, logged: PairedCall, request: LogBody) -> None:
        """Add the next call, and its request."""
        call = _call(len(self.calls) + 1, logged, request)
        self.calls.append(call)
        answer = logged.response
        if logged.model.is_stepping:
            self.observations.append(_observation(call, request, answer))
            self._bodies[call.id] = request, answer
        elif answer and (location := request.facts.location) and location not in self.maps:
            self.maps[location] = _map(answer)

    def bodies(self, numbers: Iterable[int]) -> Iterator[tuple[LazyBody, LazyBody]]:
        """Yield the requests and answers of calls with agents; an empty answer where there is none.

        Raises:
            InputError: the file was changed meanwhile.
        """
        for number in numbers:
            request, answer = self._bodies[number]
            try:
                pair = request.load(), answer.load() if answer else LazyBody({})
            except ValueError as error:
                raise InputError(f"{WRITTEN}: {WAIT}") from error
            yield pair


def observed(log: DebugLog) -> ObservedLog:
    """Return a log as lineage sees it; large calls are to be divided before."""
    found = ObservedLog()
    for call in log.calls:
        if call.request is not None:
            found.add(call, call.request)
    return found


def _call(number: int, logged: PairedCall, request: LogBody) -> Call:
    """Return a call of a log, which has no more of it than this."""
    answer = logged.response
    is_lookup = logged.model is Endpoint.LOCATION_INFO
    return Call(
        id=number,
        connection=FROM_LOG,
        endpoint=logged.model,
        method="GET" if is_lookup else "POST",
        target=f"{API_PREFIX}/{logged.model}{request.query}",
        status=200 if answer else None,
        failure=None if answer else NOT_LOGGED,
        started_ns=logged.started_ns,
        request_ended_ns=logged.started_ns,
        response_started_ns=logged.ended_ns if answer else None,
        ended_ns=logged.ended_ns,
        request_hash=request.digest,
        response_hash=answer.digest if answer else None,
        request_bytes=0 if is_lookup else len(request.place),
        response_bytes=len(answer.place) if answer else 0,
        sdk_version=None,
    )


def _observation(call: Call, request: LogBody, answer: LogBody | None) -> Observation:
    version = answer.facts.model_version if answer else None
    received = answer.agents if answer else NO_AGENTS
    return observation(call, request.facts, version, request.agents, received)


def _map(answer: LogBody) -> dict[str, Any]:
    try:
        value = parse_object(answer.text())
    except ValueError:
        return {}
    return {name: member for name, member in value.items() if name != "birdview_image"}
