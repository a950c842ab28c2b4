"""Answers large calls, which the API does not have, by the calls the SDK would make.

How those are sent is up to :class:`iai_proxy.session.part_calls.PartCalls`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import orjson

from iai_proxy.api import RETRIED_STATUSES, Endpoint, api_path, header, method_for
from iai_proxy.api.content_coding import decode
from iai_proxy.large.answers import AnswerError
from iai_proxy.large.drive import LargeDrive
from iai_proxy.large.initialize import LargeInitialize, RegionCall, RegionFailedError
from iai_proxy.large.payload import PayloadError, dump, parse_payload, problem
from iai_proxy.large.regions import RegionsQuery
from iai_proxy.session.part_calls import HungUpError, PartCalls, PartFailedError, handed_back
from iai_proxy.session.refusals import (
    FAULT,
    JSON,
    REFUSED_HEADER,
    TEXT,
    UNREADABLE,
    WRONG_METHOD,
    refusal_text,
)
from iai_proxy.session.replies import LEVEL_HEADER, Reply, refusal, refusal_in_json, reply

#: The part that failed, such as 3/8.
PART_HEADER: Final = "x-iai-proxy-part"
PARTS_HEADER: Final = "x-iai-proxy-parts"
#: Regions, from 1, whose agents are missing because the API did not place them.
UNFILLED_HEADER: Final = "x-iai-proxy-unfilled-regions"

_BROKEN: Final = 502


def other_method(method: str, target: str) -> Reply | None:
    """Return the refusal of a large call that is made with a method of another one."""
    right = method_for(target)
    if not right or right == method or not Endpoint.of(right, target).is_large:
        return None
    name = api_path(target).partition("?")[0]
    sentence = f"{name} is called with {right}, not with {method}"
    return refusal(WRONG_METHOD, sentence, ("allow", right))


async def answer_large(endpoint: Endpoint, calls: PartCalls) -> Reply:
    """Answer a large call.

    Args:
        endpoint: of the large call.
        calls: makes the calls for its parts.
    """
    try:
        calls.start_clock()
        return await _ANSWERED[endpoint](calls)
    except PayloadError as error:
        return refusal_in_json(UNREADABLE, orjson.dumps({"detail": error.detail}))
    except PartFailedError as error:
        return _failed(calls, error)
    except AnswerError as error:
        sentence = f"{calls.name(error.part)} was not answered as the API does: {error}"
        return refusal(FAULT, sentence)
    except HungUpError:
        # No one reads this; it keeps the call from going any further.
        return refusal(FAULT, "the client hung up")


async def _drive(calls: PartCalls) -> Reply:
    plan = await calls.time.work(lambda: LargeDrive.of(parse_payload(calls.body)))
    calls.count = len(plan.shares)
    if calls.count == 1:
        (request,) = plan.requests()
        return handed_back(await calls.post(0, Endpoint.DRIVE, request))

    async def answer(part: int, request: Any) -> Any:
        reply = await calls.post(part, Endpoint.DRIVE, request)
        return await calls.time.work(lambda: _json(part, reply))

    parts = (partial(answer, part, request) for part, request in enumerate(plan.requests()))
    answers = await calls.all(parts, plan.concurrency)
    return _answer(calls, await calls.time.work(lambda: dump(plan.merged(answers))))


async def _initialize(calls: PartCalls) -> Reply:
    given = await calls.time.work(lambda: parse_payload(calls.body))
    run = LargeInitialize(given)
    calls.count = len(given["regions"])
    regions = _Regions(calls)
    try:
        for call in run.calls():
            run.answer = await regions.answer(call)
        merged = run.merged()
    except RegionFailedError as error:
        raise regions.reason(error) from error
    answer = _answer(calls, await calls.time.work(lambda: dump(merged)))
    if not regions.unfilled:
        return answer
    unfilled = ", ".join(str(region + 1) for region in regions.unfilled)
    return _with_header(answer, UNFILLED_HEADER, unfilled)


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
        return await self._calls.time.work(lambda: _json(call.region, reply))

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
        and header(reply.headers, REFUSED_HEADER) is None
    )


async def _regions(calls: PartCalls) -> Reply:
    asked = RegionsQuery.of(calls.query)
    calls.count = len(asked.centers)

    async def answer(part: int, query: str) -> Any:
        reply = await calls.get(part, Endpoint.LOCATION_INFO, query)
        return await calls.time.work(lambda: _json(part, reply))

    parts = (partial(answer, part, query) for part, query in enumerate(asked.requests()))
    answers = await calls.all(parts, asked.concurrency)
    return _answer(calls, await calls.time.work(lambda: dump(asked.regions(answers))))


_ANSWERED: Final[dict[Endpoint, Callable[[PartCalls], Awaitable[Reply]]]] = {
    Endpoint.LARGE_DRIVE: _drive,
    Endpoint.LARGE_INITIALIZE: _initialize,
    Endpoint.REGIONS: _regions,
}


def _answer(calls: PartCalls, body: bytes) -> Reply:
    headers = [(PARTS_HEADER, str(calls.count))]
    if calls.levels:
        headers.append((LEVEL_HEADER, ", ".join(calls.levels)))
    return reply(200, body, JSON, *headers)


def _failed(calls: PartCalls, error: PartFailedError) -> Reply:
    """Return a part's failure unchanged as that of the large call; a header names the part."""
    if error.reply is None:
        sentence = f"no answer to {calls.name(error.part)}: the connection broke each time"
        failed = reply(_BROKEN, refusal_text(sentence).encode(), TEXT)
    else:
        failed = handed_back(error.reply)
    return _with_header(failed, PART_HEADER, f"{error.part + 1}/{calls.count}")


def _with_header(answer: Reply, name: str, value: str) -> Reply:
    others = [field for field in answer.headers if field[0].lower() != name]
    return replace(answer, headers=(*others, (name, value)))


def _json(part: int, reply: Reply) -> Any:
    body, _ = decode(reply.body, header(reply.headers, "content-encoding") or "")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise AnswerError(part, f"its answer is not JSON ({error})") from None
