"""One large call under way: how its parts are asked for, repeated, and given up."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, NoReturn, Protocol, TypeVar

from mitmproxy import http
from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import mode_specs

from iai_proxy.api import RETRIED_STATUSES, Endpoint
from iai_proxy.api.headers import HOP_BY_HOP
from iai_proxy.api.hosts import is_api_host
from iai_proxy.large.payload import PayloadError, dumped, problem
from iai_proxy.proxy.capture import UNDECODED, PartOf, decode, meant_hosts
from iai_proxy.proxy.loopback import Asking, Fields, Reply
from iai_proxy.proxy.responses import LEVEL_HEADER

_T = TypeVar("_T")

#: After so long, a part that fails is not tried again.
DEADLINE_S: Final = 60.0
#: A client's own deadline, in seconds.
DEADLINE_HEADER: Final = "x-iai-proxy-deadline"

#: As in the SDK's ``utils.py``: the first pause, s, by what each is longer than the one before, and
#: how far it varies.
FIRST_PAUSE_S: Final = 1.0
_LONGER: Final = 2.0
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
    """A part was answered otherwise than with success, for good.

    Attributes:
        part: which, from 0.
        reply: the last answer; None where the connection broke each time.
    """

    def __init__(self, part: int, reply: Reply | None) -> None:
        super().__init__(f"part {part + 1} failed")
        self.part = part
        self.reply = reply


class HungUpError(Exception):
    """The client has gone."""


class Maker(Protocol):
    """Who makes the calls.

    Attributes:
        first_pause_s: before a part that failed is tried for the second time.
        stopped: whether nothing is to be tried again.
    """

    first_pause_s: float
    stopped: bool

    async def attempt(self, flow: http.HTTPFlow, link: PartOf, asking: Asking) -> Reply | None:
        """Make a part's call once; None where the connection broke."""


class Call:
    """One large call under way."""

    def __init__(self, maker: Maker, flow: http.HTTPFlow, link: PartOf) -> None:
        self.flow = flow
        self.parts = 1
        self.levels: dict[str, None] = {}
        self._maker = maker
        self._link = link
        self._over = False
        self._headers = _handed_on(flow.request)
        self._base = _base(flow)
        self._until = math.inf
        self.has_begun = False

    def begin(self) -> None:
        """Let the time run.

        Raises:
            PayloadError: the client's deadline is none.
        """
        self._until = asyncio.get_running_loop().time() + _deadline_s(self.flow.request)

    @property
    def body(self) -> bytes:
        """The payload, decoded.

        Raises:
            PayloadError: it is in a coding that is unknown, or broken.
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
        """What stands behind the question mark."""
        return self.flow.request.path.partition("?")[2]

    def name(self, part: int) -> str:
        """Name a part for people."""
        return f"part {part + 1} of {self.parts}"

    async def post(self, part: int, endpoint: Endpoint, body: Any) -> Reply:
        """Make a part's call with a body.

        Raises:
            PartFailedError: it did not succeed.
        """
        data = await on_thread(lambda: dumped(body))
        headers = [*self._headers, (b"Content-Type", b"application/json")]
        return await self._reply(part, Asking("POST", f"{self._base}/{endpoint}", headers, data))

    async def get(self, part: int, endpoint: Endpoint, query: str) -> Reply:
        """Make a part's call without a body.

        Raises:
            PartFailedError: it did not succeed.
        """
        return await self._reply(
            part, Asking("GET", f"{self._base}/{endpoint}?{query}", self._headers, b"")
        )

    async def all(self, ask: Iterator[Callable[[], Awaitable[_T]]], concurrency: int) -> list[_T]:
        """Make all parts' calls, so many at once. After a failure no more are made, but those under way go on.

        Raises:
            PartFailedError: of the first part that failed.
        """
        waiting = enumerate(ask)
        found: dict[int, _T] = {}

        async def work() -> None:
            for number, one in waiting:
                if self._over:
                    return
                try:
                    found[number] = await one()
                except BaseException:
                    self._over = True
                    raise

        tasks = [asyncio.create_task(work()) for _ in range(min(concurrency, self.parts))]
        await asyncio.wait(tasks)
        failures = [error for task in tasks if (error := task.exception())]
        if failures:
            raise min(failures, key=lambda error: getattr(error, "part", math.inf))
        return [found[number] for number in range(len(found))]

    async def _reply(self, part: int, asking: Asking) -> Reply:
        pause = self._maker.first_pause_s
        while True:
            if ConnectionState.CAN_READ not in self.flow.client_conn.state:
                raise HungUpError
            self.has_begun = True
            reply = await self._maker.attempt(self.flow, self._link, asking)
            if reply and 200 <= reply.status < 300:
                if level := field(reply.headers, LEVEL_HEADER):
                    self.levels[level] = None
                return reply
            if reply and reply.status not in RETRIED_STATUSES:
                raise PartFailedError(part, reply)
            chosen = pause * (1 + random.uniform(-_JITTER, _JITTER))
            if (
                self._over
                or self._maker.stopped
                or asyncio.get_running_loop().time() + chosen > self._until
            ):
                raise PartFailedError(part, reply)
            await asyncio.sleep(chosen)
            pause *= _LONGER


def _handed_on(request: http.Request) -> Fields:
    """The headers of a large call that its parts have too."""
    left_out = _NOT_HANDED_ON | of_connection(list(request.headers.fields))
    host = request.host_header or request.pretty_host
    return [
        (b"Host", host.encode("ascii", "surrogateescape")),
        *(field for field in request.headers.fields if field[0].lower() not in left_out),
    ]


def of_connection(fields: Fields) -> set[bytes]:
    """Return the names of the headers that belong to the connection."""
    named = {
        item.strip().lower()
        for name, value in fields
        if name.lower() == b"connection"
        for item in value.split(b",")
    }
    return named | {name.encode() for name in HOP_BY_HOP} | {b"content-length"}


def _base(flow: http.HTTPFlow) -> str:
    """Under which address the parts' endpoints stand: that of the call, without its last word."""
    request = flow.request
    path = request.path.partition("?")[0].rstrip("/").rpartition("/")[0]
    if isinstance(flow.client_conn.proxy_mode, mode_specs.ReverseMode):
        return path
    host = next((host for host in meant_hosts(flow) if is_api_host(host)), request.host)
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
        _refuse_deadline(text)
    return seconds


def _refuse_deadline(text: str) -> NoReturn:
    message = f"Input should be a number of seconds, not {text!r}"
    raise PayloadError([problem(["header", DEADLINE_HEADER], message, "float_parsing")])


def field(fields: Fields, name: str) -> str:
    """Return the first value of a header, empty without one."""
    wanted = name.lower().encode()
    return next((value.decode("latin-1") for key, value in fields if key.lower() == wanted), "")


async def on_thread(work: Callable[[], _T]) -> _T:
    """Do what would hold up the event loop."""
    return await asyncio.get_running_loop().run_in_executor(None, work)
