"""The addon that answers large calls, which the API does not have: it makes the calls that the SDK would make for them.

Each of those goes through this proxy itself (:mod:`iai_proxy.proxy.loopback`), so that recording,
redaction and replay happen to it as to any other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import orjson
from mitmproxy import http
from mitmproxy.proxy import mode_specs

from iai_proxy.api import RETRIED_STATUSES, Endpoint
from iai_proxy.api.hosts import is_api_host
from iai_proxy.large.drive import AnswerError, LargeDrive
from iai_proxy.large.initialize import RegionFailedError, initializing
from iai_proxy.large.payload import PayloadError, dumped, payload, problem
from iai_proxy.large.regions import RegionsQuery
from iai_proxy.proxy.capture import PART_OF, PartOf, address, decode, meant_hosts
from iai_proxy.proxy.client_programs import ClientPrograms
from iai_proxy.proxy.fail_closed import (
    FAULT,
    REFUSED_HEADER,
    UNREADABLE,
    fail_closed,
    have_recorded,
    refuse,
    refuse_with,
)
from iai_proxy.proxy.loopback import Asking, BrokenError, InsideConnections, Reply
from iai_proxy.proxy.part_calls import (
    FIRST_PAUSE_S,
    Call,
    HungUpError,
    PartFailedError,
    field,
    of_connection,
    on_thread,
)
from iai_proxy.proxy.responses import LEVEL_HEADER

#: Which part an answer is about, where one has failed.
PART_HEADER: Final = "x-iai-proxy-part"
PARTS_HEADER: Final = "x-iai-proxy-parts"
#: Regions, from 1, whose agents are missing, since the API would not place them.
UNFILLED_HEADER: Final = "x-iai-proxy-unfilled-regions"

_BROKEN: Final = 502


class LargeCalls:
    """Answers ``POST /large_drive``, ``POST /large_initialize`` and ``GET /regions``.

    Args:
        programs: told on whose behalf parts are made, where somebody wants to know.
        recorded: whether parts are to be recorded as parts of the call that they are made for.
        first_pause_s: before a part that failed is tried for the second time.
    """

    def __init__(
        self,
        programs: ClientPrograms | None = None,
        *,
        recorded: bool = True,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self.connections = InsideConnections()
        self.first_pause_s = first_pause_s
        self.stopped = False
        self._programs = programs
        self._recorded = recorded
        self._links: dict[str, PartOf] = {}  # by connection from this proxy to itself

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Have the whole body of a large call; say of a part what it is a part of."""
        if link := self._links.get(flow.client_conn.id):
            flow.metadata[PART_OF] = link
        elif Endpoint.of(flow.request.method, flow.request.path).is_large:
            flow.request.stream = False

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Answer a large call."""
        endpoint = Endpoint.of(flow.request.method, flow.request.path)
        if flow.response is not None or not endpoint.is_large or flow.client_conn.id in self._links:
            return
        reverse = isinstance(flow.client_conn.proxy_mode, mode_specs.ReverseMode)
        if not (reverse or any(map(is_api_host, meant_hosts(flow)))):
            return
        link = PartOf(
            flow.id if self._recorded else None,
            flow.client_conn.id,
            address(flow.client_conn.peername),
        )
        flow.metadata[PART_OF] = link
        call = Call(self, flow, link)
        try:
            call.begin()
            flow.response = await _ANSWERED[endpoint](call)
        except PayloadError as error:
            refuse_with(flow, UNREADABLE, orjson.dumps({"detail": error.detail}))
        except PartFailedError as error:
            flow.response = _failed(call, error)
        except AnswerError as error:
            sentence = f"{call.name(error.part)} was not answered as the API does: {error}"
            refuse(flow, FAULT, sentence)
        except HungUpError:
            # Nobody reads this; it keeps the call from going any further.
            refuse(flow, FAULT, "the client hung up")
        if call.has_begun:
            have_recorded(flow)

    def client_disconnected(self, client: Any) -> None:
        """Forget a connection."""
        self._links.pop(client.id, None)

    def done(self) -> None:
        """Hang up."""
        self.stopped = True
        self.connections.close()

    async def attempt(self, flow: http.HTTPFlow, link: PartOf, asking: Asking) -> Reply | None:
        """Make a part's call once; None where the connection broke."""
        mode, password = flow.client_conn.proxy_mode, flow.metadata.get("proxyauth")
        one = await self.connections.take(mode, password)
        self._links[one.client.id] = link
        if self._programs:
            self._programs.act_for(one.client, flow.client_conn)
        if not one.used:
            one.start()
        try:
            reply = await one.ask(asking)
        except BrokenError:
            one.close()
            return None
        except BaseException:
            one.close()
            raise
        self.connections.give_back(one, mode, password)
        return reply


async def _drive(call: Call) -> http.Response:
    plan = await on_thread(lambda: LargeDrive.of(payload(call.body)))
    call.parts = len(plan.shares)
    if call.parts == 1:
        (request,) = plan.requests()
        return _passed_on(await call.post(0, Endpoint.DRIVE, request))

    async def answer(part: int, request: Any) -> Any:
        reply = await call.post(part, Endpoint.DRIVE, request)
        return await on_thread(lambda: _json(part, reply))

    asked = (partial(answer, part, request) for part, request in enumerate(plan.requests()))
    answers = await call.all(asked, plan.concurrency)
    return _answer(call, await on_thread(lambda: dumped(plan.merged(answers))))


async def _initialize(call: Call) -> http.Response:
    given = await on_thread(lambda: payload(call.body))
    run = initializing(given)
    call.parts = len(given["regions"])
    failure: PartFailedError | None = None
    unfilled: dict[int, None] = {}
    answer: Any = None
    try:
        while True:
            asked = run.send(answer)
            try:
                reply = await call.post(asked.region, Endpoint.INITIALIZE, asked.request)
            except PartFailedError as error:
                if not _can_be_missed(error.reply):
                    raise
                failure, answer = error, None
                unfilled[asked.region] = None
            else:
                if not asked.is_rest:
                    unfilled.pop(asked.region, None)
                answer = await on_thread(partial(_json, asked.region, reply))
    except StopIteration as ended:
        whole = ended.value
    except RegionFailedError as error:
        if failure and failure.part == error.region:
            raise failure from error
        message = f"region {error.region + 1} of {call.parts}: {error}"
        raise PayloadError(
            [problem(["body", "regions", error.region], message, "value_error")]
        ) from error
    response = _answer(call, await on_thread(lambda: dumped(whole)))
    if unfilled:
        response.headers[UNFILLED_HEADER] = ", ".join(str(region + 1) for region in unfilled)
    return response


def _can_be_missed(reply: Reply | None) -> bool:
    """Whether a region may go without an answer, as the SDK lets it: not where it was us who refused one."""
    return (
        reply is not None
        and reply.status not in RETRIED_STATUSES
        and not field(reply.headers, REFUSED_HEADER)
    )


async def _regions(call: Call) -> http.Response:
    asked = RegionsQuery.of(call.query)
    call.parts = len(asked.centers)

    async def answer(part: int, query: str) -> Any:
        reply = await call.get(part, Endpoint.LOCATION_INFO, query)
        return await on_thread(lambda: _json(part, reply))

    calls = (partial(answer, part, query) for part, query in enumerate(asked.requests()))
    answers = await call.all(calls, asked.concurrency)
    return _answer(call, await on_thread(lambda: dumped(asked.shared_out(answers))))


_ANSWERED: Final[dict[Endpoint, Callable[[Call], Awaitable[http.Response]]]] = {
    Endpoint.LARGE_DRIVE: _drive,
    Endpoint.LARGE_INITIALIZE: _initialize,
    Endpoint.REGIONS: _regions,
}


def _answer(call: Call, body: bytes) -> http.Response:
    headers = {"content-type": "application/json", PARTS_HEADER: str(call.parts)}
    if call.levels:
        headers[LEVEL_HEADER] = ", ".join(call.levels)
    return http.Response.make(200, body, headers)


def _failed(call: Call, error: PartFailedError) -> http.Response:
    """Return a part's failure as that of the whole, to the letter; the part is named in a header."""
    if error.reply is None:
        body = f"iai-proxy: no answer to {call.name(error.part)}: the connection broke each time"
        response = http.Response.make(
            _BROKEN, body.encode(), {"content-type": "text/plain; charset=utf-8"}
        )
    else:
        response = _passed_on(error.reply)
    response.headers[PART_HEADER] = f"{error.part + 1}/{call.parts}"
    return response


def _passed_on(reply: Reply) -> http.Response:
    hop = of_connection(reply.headers)
    fields = [(name, value) for name, value in reply.headers if name.lower() not in hop]
    response = http.Response.make(reply.status, b"", http.Headers(fields))
    response.raw_content = reply.body  # as it travelled: content would be encoded once more
    response.headers["content-length"] = str(len(reply.body))
    response.reason = reply.reason
    return response


def _json(part: int, reply: Reply) -> Any:
    body, _ = decode(reply.body, field(reply.headers, "content-encoding"))
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise AnswerError(part, f"its answer is not JSON ({error})") from None
