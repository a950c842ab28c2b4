"""The addon that answers large calls, which the API does not have, by the calls the SDK would make.

Each of those goes through this proxy itself (:mod:`iai_proxy.proxy.loopback`), so that it is
recorded, redacted and replayed like any other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import orjson
from mitmproxy import connection, http

from iai_proxy.api import RETRIED_STATUSES, Endpoint, api_path, method_for
from iai_proxy.api.content_coding import decode
from iai_proxy.large.answers import AnswerError
from iai_proxy.large.drive import LargeDrive
from iai_proxy.large.initialize import LargeInitialize, RegionCall, RegionFailedError
from iai_proxy.large.payload import PayloadError, dump, parse_payload, problem
from iai_proxy.large.regions import RegionsQuery
from iai_proxy.player.replies import refusal_in_json
from iai_proxy.player.responses import LEVEL_HEADER
from iai_proxy.proxy.capture import PART_OF, PartOf, address, is_for_api
from iai_proxy.proxy.client_connections import ClientConnections
from iai_proxy.proxy.fail_closed import (
    fail_closed,
    have_recorded,
    refuse,
    refuse_as,
)
from iai_proxy.proxy.loopback import LoopbackPool, LoopbackRequest, Reply
from iai_proxy.proxy.part_calls import (
    FIRST_PAUSE_S,
    HungUpError,
    PartCalls,
    PartFailedError,
    connection_headers,
    field,
    on_thread,
)
from iai_proxy.session.refusals import FAULT, REFUSED_HEADER, UNREADABLE

#: The part that failed, such as 3/8.
PART_HEADER: Final = "x-iai-proxy-part"
PARTS_HEADER: Final = "x-iai-proxy-parts"
#: Regions, from 1, whose agents are missing because the API did not place them.
UNFILLED_HEADER: Final = "x-iai-proxy-unfilled-regions"

_BROKEN: Final = 502
#: Status of a call with another method than its endpoint has. The SDK does not retry it.
_WRONG_METHOD: Final = 405


class LargeCalls:
    """Answers ``POST /large_drive``, ``POST /large_initialize`` and ``GET /regions``.

    Args:
        connections: where given, learns on whose behalf parts are called.
        recorded: whether parts are recorded as parts of their large call.
        first_pause_s: before the first retry of a part.
    """

    def __init__(
        self,
        connections: ClientConnections | None = None,
        *,
        recorded: bool = True,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._pool = LoopbackPool()
        self._first_pause_s = first_pause_s
        self._stopped = False
        self._connections = connections
        self._recorded = recorded
        self._part_of: dict[str, PartOf] = {}  # by connection from this proxy to itself

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Note which large call a part belongs to; don't stream a large call."""
        if part_of := self._part_of.get(flow.client_conn.id):
            flow.metadata[PART_OF] = part_of
        elif Endpoint.of(flow.request.method, flow.request.path).is_large:
            flow.request.stream = False

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Answer a large call."""
        endpoint = Endpoint.of(flow.request.method, flow.request.path)
        is_part = flow.client_conn.id in self._part_of
        if flow.response is not None or is_part or not is_for_api(flow):
            return
        if endpoint is Endpoint.OTHER:
            _refuse_other_method(flow)
        if not endpoint.is_large:
            return
        client = flow.client_conn
        token = flow.id if self._recorded else None
        part_of = PartOf(token, client.id, address(client.peername))
        flow.metadata[PART_OF] = part_of
        calls = PartCalls(
            flow, partial(self._send, flow, part_of), self._first_pause_s, lambda: self._stopped
        )
        await _answer_large(flow, endpoint, calls)
        if calls.has_begun:
            have_recorded(flow)

    def client_disconnected(self, client: connection.Client) -> None:
        """Forget a connection."""
        self._part_of.pop(client.id, None)

    def done(self) -> None:
        """Stop retrying, and hang up."""
        self._stopped = True
        self._pool.close()

    async def _send(
        self, flow: http.HTTPFlow, part_of: PartOf, request: LoopbackRequest
    ) -> Reply | None:
        def announce(client: connection.Client) -> None:
            self._part_of[client.id] = part_of
            if self._connections:
                self._connections.act_for(client, flow.client_conn)

        return await self._pool.send(request, flow, announce)


def _refuse_other_method(flow: http.HTTPFlow) -> None:
    """Refuse a large call that is made with a method of another one."""
    path, method = flow.request.path, method_for(flow.request.path)
    if method and Endpoint.of(method, path).is_large:
        name = api_path(path).partition("?")[0]
        sentence = f"{name} is called with {method}, not with {flow.request.method}"
        refuse(flow, _WRONG_METHOD, sentence, allow=method)


async def _answer_large(flow: http.HTTPFlow, endpoint: Endpoint, calls: PartCalls) -> None:
    try:
        calls.start_clock()
        flow.response = await _ANSWERED[endpoint](calls)
    except PayloadError as error:
        refuse_as(flow, refusal_in_json(UNREADABLE, orjson.dumps({"detail": error.detail})))
    except PartFailedError as error:
        flow.response = _failed(calls, error)
    except AnswerError as error:
        sentence = f"{calls.name(error.part)} was not answered as the API does: {error}"
        refuse(flow, FAULT, sentence)
    except HungUpError:
        # No one reads this; it keeps the call from going any further.
        refuse(flow, FAULT, "the client hung up")


async def _drive(calls: PartCalls) -> http.Response:
    plan = await on_thread(lambda: LargeDrive.of(parse_payload(calls.body)))
    calls.count = len(plan.shares)
    if calls.count == 1:
        (request,) = plan.requests()
        return _part_reply(await calls.post(0, Endpoint.DRIVE, request))

    async def answer(part: int, request: Any) -> Any:
        reply = await calls.post(part, Endpoint.DRIVE, request)
        return await on_thread(lambda: _json(part, reply))

    parts = (partial(answer, part, request) for part, request in enumerate(plan.requests()))
    answers = await calls.all(parts, plan.concurrency)
    return _answer(calls, await on_thread(lambda: dump(plan.merged(answers))))


async def _initialize(calls: PartCalls) -> http.Response:
    given = await on_thread(lambda: parse_payload(calls.body))
    run = LargeInitialize(given)
    calls.count = len(given["regions"])
    regions = _Regions(calls)
    try:
        for call in run.calls():
            run.answer = await regions.answer(call)
        merged = run.merged()
    except RegionFailedError as error:
        raise regions.reason(error) from error
    response = _answer(calls, await on_thread(lambda: dump(merged)))
    if regions.unfilled:
        unfilled = ", ".join(str(region + 1) for region in regions.unfilled)
        response.headers[UNFILLED_HEADER] = unfilled
    return response


class _Regions:
    """Calls the API for the regions of one large call.

    Attributes:
        unfilled: indices of the regions that stay without the agents to be sampled, as keys.
    """

    def __init__(self, calls: PartCalls) -> None:
        self.unfilled: dict[int, None] = {}
        self._calls = calls
        self._latest_failure: PartFailedError | None = None

    async def answer(self, call: RegionCall) -> Any:
        """Return the API's answer; None if it refused, which leaves the region unfilled."""
        try:
            reply = await self._calls.post(call.region, Endpoint.INITIALIZE, call.request)
        except PartFailedError as error:
            if not _can_be_missed(error.reply):
                raise
            self._latest_failure = error
            self.unfilled[call.region] = None
            return None
        if not call.is_reduced:
            self.unfilled.pop(call.region, None)
        return await on_thread(lambda: _json(call.region, reply))

    def reason(self, error: RegionFailedError) -> PartFailedError | PayloadError:
        """Return why a region failed: the API's own answer if there is one."""
        failure = self._latest_failure
        if failure and failure.part == error.region:
            return failure
        message = f"region {error.region + 1} of {self._calls.count}: {error}"
        return PayloadError([problem(["body", "regions", error.region], message, "value_error")])


def _can_be_missed(reply: Reply | None) -> bool:
    """Whether a region may stay empty, as with the SDK. Not if we ourselves refused the call."""
    return (
        reply is not None
        and reply.status not in RETRIED_STATUSES
        and not field(reply.headers, REFUSED_HEADER)
    )


async def _regions(calls: PartCalls) -> http.Response:
    asked = RegionsQuery.of(calls.query)
    calls.count = len(asked.centers)

    async def answer(part: int, query: str) -> Any:
        reply = await calls.get(part, Endpoint.LOCATION_INFO, query)
        return await on_thread(lambda: _json(part, reply))

    parts = (partial(answer, part, query) for part, query in enumerate(asked.requests()))
    answers = await calls.all(parts, asked.concurrency)
    return _answer(calls, await on_thread(lambda: dump(asked.regions(answers))))


_ANSWERED: Final[dict[Endpoint, Callable[[PartCalls], Awaitable[http.Response]]]] = {
    Endpoint.LARGE_DRIVE: _drive,
    Endpoint.LARGE_INITIALIZE: _initialize,
    Endpoint.REGIONS: _regions,
}


def _answer(calls: PartCalls, body: bytes) -> http.Response:
    headers = {"content-type": "application/json", PARTS_HEADER: str(calls.count)}
    if calls.levels:
        headers[LEVEL_HEADER] = ", ".join(calls.levels)
    return http.Response.make(200, body, headers)


def _failed(calls: PartCalls, error: PartFailedError) -> http.Response:
    """Return a part's failure unchanged as that of the large call; a header names the part."""
    if error.reply is None:
        body = f"iai-proxy: no answer to {calls.name(error.part)}: the connection broke each time"
        response = http.Response.make(
            _BROKEN, body.encode(), {"content-type": "text/plain; charset=utf-8"}
        )
    else:
        response = _part_reply(error.reply)
    response.headers[PART_HEADER] = f"{error.part + 1}/{calls.count}"
    return response


def _part_reply(reply: Reply) -> http.Response:
    hop = connection_headers(reply.headers)
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
