"""Makes the calls for the parts of one large call: how they are sent, retried and given up."""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar

from iai_proxy.api import RETRIED_STATUSES, Endpoint, Headers, Request, header
from iai_proxy.api.headers import HOP_BY_HOP
from iai_proxy.large.division import Coded
from iai_proxy.large.payload import PayloadError, problem
from iai_proxy.session.replies import LEVEL_HEADER, Reply

_T = TypeVar("_T")

#: After this time, s, a part that fails is not tried again.
DEADLINE_S: Final = 60.0
#: The client's own deadline, s.
DEADLINE_HEADER: Final = "x-iai-proxy-deadline"

#: As in the SDK's ``utils.py``: the first pause before a retry, the factor from each pause to the
#: next, and the share by which a pause varies.
FIRST_PAUSE_S: Final = 1.0
_PAUSE_FACTOR: Final = 2.0
_JITTER: Final = 0.5

#: Headers of a large call that its parts don't have, besides those of its connection: they belong
#: to the body, or are for us.
_NOT_HANDED_ON: Final = frozenset(
    {
        "expect",
        "proxy-authorization",
        "host",
        "content-encoding",
        "content-type",
        DEADLINE_HEADER,
    }
)


@dataclass(frozen=True, slots=True)
class PartRequest:
    """One part's call.

    Attributes:
        target: path and query.
        headers: without Host and Content-Length.
    """

    method: str
    target: str
    headers: Headers
    body: bytes


class Time(Protocol):
    """How a large call waits, and does more than a thing at a time."""

    def now(self) -> float:
        """Return seconds that only go on."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""

    async def together(
        self, workers: Sequence[Coroutine[Any, Any, None]]
    ) -> Sequence[BaseException]:
        """Run all to their ends; return what they raised."""

    async def work(self, task: Callable[[], _T]) -> _T:
        """Do what takes long, without keeping others waiting."""


class PartFailedError(Exception):
    """A part did not succeed, and is not tried again.

    Attributes:
        part: its number, from 0.
        reply: the last answer; None if the connection broke each time.
    """

    def __init__(self, part: int, reply: Reply | None) -> None:
        super().__init__(f"part {part + 1} failed")
        self.part = part
        self.reply = reply


class HungUpError(Exception):
    """The client has gone."""


class PartCalls:
    """The calls for the parts of one large call.

    Args:
        call: the large call, its body as it travelled.
        send: makes a call once; returns None if the connection broke.
        time: how to wait.
        first_pause_s: before the first retry of a part.
        has_gone: tells whether the client has hung up.
        gives_up: says that nothing is to be tried again, because the proxy stops.

    Attributes:
        time: how to wait.
        count: how many parts there are.
        levels: the match levels of replayed parts, in order of appearance.
        has_begun: whether a call was made.
    """

    def __init__(
        self,
        call: Request,
        send: Callable[[PartRequest], Awaitable[Reply | None]],
        time: Time,
        first_pause_s: float = FIRST_PAUSE_S,
        has_gone: Callable[[], bool] = lambda: False,
        gives_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self.time = time
        self.count = 1
        self.levels: dict[str, None] = {}
        self.has_begun = False
        self._call = call
        self._send = send
        self._first_pause_s = first_pause_s
        self._has_gone = has_gone
        self._gives_up = gives_up
        self._has_failed = False
        self._headers = headers_to_hand_on(call.headers)
        self._base = base_of(call.target)
        self._until = math.inf

    def start_clock(self) -> None:
        """Start the time that retries have.

        Raises:
            PayloadError: the client's deadline is not a number of seconds.
        """
        self._until = self.time.now() + _deadline_s(self._call.headers)

    @property
    def given(self) -> Coded:
        """What the large call says: its body as it travelled, or its query."""
        if self._call.method == "GET":
            return self._call.target.partition("?")[2].encode("utf-8", "surrogateescape"), ""
        return self._call.body, self._call.encoding

    def are_over(self) -> bool:
        """Whether no one waits for the answer any more."""
        return self._has_gone() or self._gives_up()

    def name(self, part: int) -> str:
        """Name a part in a message."""
        return f"part {part + 1} of {self.count}"

    async def post(self, part: int, endpoint: Endpoint, body: bytes) -> Reply:
        """Make a part's call with a body.

        Raises:
            PartFailedError: it did not succeed.
            HungUpError: the client has gone.
        """
        headers = (*self._headers, ("Content-Type", "application/json"))
        target = f"{self._base}/{endpoint}"
        return await self._reply(part, PartRequest("POST", target, headers, body))

    async def get(self, part: int, endpoint: Endpoint, query: str) -> Reply:
        """Make a part's call without a body.

        Raises:
            PartFailedError: it did not succeed.
            HungUpError: the client has gone.
        """
        target = f"{self._base}/{endpoint}?{query}"
        return await self._reply(part, PartRequest("GET", target, self._headers, b""))

    async def all(self, calls: Iterator[Callable[[], Awaitable[_T]]], concurrency: int) -> list[_T]:
        """Make the calls of all parts, at most ``concurrency`` at a time.

        After a failure no more are made, but those under way go on.

        Raises:
            PartFailedError: of the first part that failed.
            HungUpError: the client has gone.
        """
        waiting = enumerate(calls)
        results: dict[int, _T] = {}

        async def work() -> None:
            for number, call in waiting:
                if self._has_failed:
                    return
                try:
                    results[number] = await call()
                except BaseException:
                    self._has_failed = True
                    raise

        workers = [work() for _ in range(min(concurrency, self.count))]
        if failures := await self.time.together(workers):
            raise min(failures, key=lambda error: getattr(error, "part", math.inf))
        return [results[number] for number in range(len(results))]

    async def _reply(self, part: int, request: PartRequest) -> Reply:
        pause = self._first_pause_s
        while True:
            if self._has_gone():
                raise HungUpError
            self.has_begun = True
            reply = await self._send(request)
            if reply and 200 <= reply.status < 300:
                if level := header(reply.headers, LEVEL_HEADER):
                    self.levels[level] = None
                return reply
            if reply and reply.status not in RETRIED_STATUSES:
                raise PartFailedError(part, reply)
            varied = pause * (1 + random.uniform(-_JITTER, _JITTER))
            too_late = self.time.now() + varied > self._until
            if self._has_failed or self._gives_up() or too_late:
                raise PartFailedError(part, reply)
            await self.time.sleep(varied)
            pause *= _PAUSE_FACTOR


def headers_to_hand_on(headers: Headers) -> Headers:
    """Return the headers of a call that calls made on its behalf have too, without Host."""
    left_out = _NOT_HANDED_ON | _of_connection(headers)
    return tuple((name, value) for name, value in headers if name.lower() not in left_out)


def base_of(target: str) -> str:
    """Return what the paths of endpoints begin with: a call's own without its last segment."""
    return target.partition("?")[0].rstrip("/").rpartition("/")[0]


def handed_back(reply: Reply) -> Reply:
    """Return a part's answer as that of the large call, which has a connection of its own."""
    left_out = _of_connection(reply.headers)
    kept = [(name, value) for name, value in reply.headers if name.lower() not in left_out]
    headers = (*kept, ("content-length", str(len(reply.body))))
    return replace(reply, headers=headers, delay_s=0.0, refused=False)


def _of_connection(headers: Headers) -> set[str]:
    """Return the names of headers that belong to the connection, and Content-Length."""
    named = {
        item.strip().lower()
        for name, value in headers
        if name.lower() == "connection"
        for item in value.split(",")
    }
    return {*named, *HOP_BY_HOP, "content-length"}


def _deadline_s(headers: Headers) -> float:
    text = header(headers, DEADLINE_HEADER)
    if text is None:
        return DEADLINE_S
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        message = f"Input should be a number of seconds, not {text!r}"
        raise PayloadError([problem(["header", DEADLINE_HEADER], message, "float_parsing")])
    return seconds
