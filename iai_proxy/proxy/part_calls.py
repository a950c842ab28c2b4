"""Makes the calls for the parts of one large call: how they are sent, retried and given up."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeVar

from mitmproxy import http
from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import mode_specs

from iai_proxy.api import RETRIED_STATUSES, Endpoint
from iai_proxy.api.content_coding import UNDECODED, decode
from iai_proxy.api.headers import HOP_BY_HOP
from iai_proxy.large.payload import PayloadError, dump, problem
from iai_proxy.player.responses import LEVEL_HEADER
from iai_proxy.proxy.capture import api_host
from iai_proxy.proxy.loopback import Fields, LoopbackRequest, Reply

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
        b"expect",
        b"proxy-authorization",
        b"host",
        b"content-encoding",
        b"content-type",
        DEADLINE_HEADER.encode(),
    }
)


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
        flow: the large call.
        send: makes a call once; returns None if the connection broke.
        first_pause_s: before the first retry of a part.
        gives_up: says that nothing is to be tried again, because the proxy stops.

    Attributes:
        count: how many parts there are.
        levels: the match levels of replayed parts, in order of appearance.
        has_begun: whether a call was made.
    """

    def __init__(
        self,
        flow: http.HTTPFlow,
        send: Callable[[LoopbackRequest], Awaitable[Reply | None]],
        first_pause_s: float,
        gives_up: Callable[[], bool],
    ) -> None:
        self.flow = flow
        self.count = 1
        self.levels: dict[str, None] = {}
        self.has_begun = False
        self._send = send
        self._first_pause_s = first_pause_s
        self._gives_up = gives_up
        self._has_failed = False
        self._headers = headers_to_hand_on(flow.request)
        self._base = base_of(flow)
        self._until = math.inf

    def start_clock(self) -> None:
        """Start the time that retries have.

        Raises:
            PayloadError: the client's deadline is not a number of seconds.
        """
        self._until = asyncio.get_running_loop().time() + _deadline_s(self.flow.request)

    @property
    def body(self) -> bytes:
        """The payload of the large call, decoded.

        Raises:
            PayloadError: its content coding is unknown or broken.
        """
        request = self.flow.request
        coding = request.headers.get("content-encoding", "")
        body, name = decode(request.raw_content or b"", coding)
        if name.startswith(UNDECODED):
            raise PayloadError(
                [problem(["header", "content-encoding"], f"can't undo {coding}", "value_error")]
            )
        return body

    @property
    def query(self) -> str:
        """The query of the large call."""
        return self.flow.request.path.partition("?")[2]

    def name(self, part: int) -> str:
        """Name a part in a message."""
        return f"part {part + 1} of {self.count}"

    async def post(self, part: int, endpoint: Endpoint, body: Any) -> Reply:
        """Make a part's call with a body.

        Raises:
            PartFailedError: it did not succeed.
            HungUpError: the client has gone.
        """
        data = await on_thread(lambda: dump(body))
        headers = [*self._headers, (b"Content-Type", b"application/json")]
        target = f"{self._base}/{endpoint}"
        return await self._reply(part, LoopbackRequest("POST", target, headers, data))

    async def get(self, part: int, endpoint: Endpoint, query: str) -> Reply:
        """Make a part's call without a body.

        Raises:
            PartFailedError: it did not succeed.
            HungUpError: the client has gone.
        """
        target = f"{self._base}/{endpoint}?{query}"
        return await self._reply(part, LoopbackRequest("GET", target, self._headers, b""))

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

        tasks = [asyncio.create_task(work()) for _ in range(min(concurrency, self.count))]
        await asyncio.wait(tasks)
        failures = [error for task in tasks if (error := task.exception())]
        if failures:
            raise min(failures, key=lambda error: getattr(error, "part", math.inf))
        return [results[number] for number in range(len(results))]

    async def _reply(self, part: int, request: LoopbackRequest) -> Reply:
        pause = self._first_pause_s
        while True:
            if ConnectionState.CAN_READ not in self.flow.client_conn.state:
                raise HungUpError
            self.has_begun = True
            reply = await self._send(request)
            if reply and 200 <= reply.status < 300:
                if level := field(reply.headers, LEVEL_HEADER):
                    self.levels[level] = None
                return reply
            if reply and reply.status not in RETRIED_STATUSES:
                raise PartFailedError(part, reply)
            varied = pause * (1 + random.uniform(-_JITTER, _JITTER))
            too_late = asyncio.get_running_loop().time() + varied > self._until
            if self._has_failed or self._gives_up() or too_late:
                raise PartFailedError(part, reply)
            await asyncio.sleep(varied)
            pause *= _PAUSE_FACTOR


def headers_to_hand_on(request: http.Request) -> Fields:
    """Return the headers of a call that calls made on its behalf have too."""
    left_out = _NOT_HANDED_ON | connection_headers(list(request.headers.fields))
    host = request.host_header or request.pretty_host
    return [
        (b"Host", host.encode("ascii", "surrogateescape")),
        *(field for field in request.headers.fields if field[0].lower() not in left_out),
    ]


def connection_headers(fields: Fields) -> set[bytes]:
    """Return the names of headers that belong to the connection, and Content-Length."""
    named = {
        item.strip().lower()
        for name, value in fields
        if name.lower() == b"connection"
        for item in value.split(b",")
    }
    return named | {name.encode() for name in HOP_BY_HOP} | {b"content-length"}


def base_of(flow: http.HTTPFlow) -> str:
    """Return what the addresses of endpoints begin with: a call's own without its last segment."""
    request = flow.request
    path = request.path.partition("?")[0].rstrip("/").rpartition("/")[0]
    if isinstance(flow.client_conn.proxy_mode, mode_specs.ReverseMode):
        return path
    host = api_host(flow)
    return f"{request.scheme}://{f'[{host}]' if ':' in host else host}:{request.port}{path}"


def _deadline_s(request: http.Request) -> float:
    text = request.headers.get(DEADLINE_HEADER)
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


def field(fields: Fields, name: str) -> str:
    """Return the first value of a header, empty without one."""
    wanted = name.lower().encode()
    return next((value.decode("latin-1") for key, value in fields if key.lower() == wanted), "")


async def on_thread(work: Callable[[], _T]) -> _T:
    """Do work on a thread that would block the event loop."""
    return await asyncio.get_running_loop().run_in_executor(None, work)
