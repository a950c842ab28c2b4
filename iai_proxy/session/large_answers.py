"""Answers large calls, which the API does not have, by the calls the SDK would make.

How those are sent is up to :class:`iai_proxy.session.part_calls.PartCalls`.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any, Final

import orjson

from iai_proxy.api import RETRIED_STATUSES, Endpoint, api_path, header, method_for
from iai_proxy.large.answers import AnswerError
from iai_proxy.large.division import Coded
from iai_proxy.large.initialize import RegionFailedError
from iai_proxy.large.payload import PayloadError, problem
from iai_proxy.session.dividing import BrokenOffError, Divider, Dividers, DividingError
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


async def answer_large(endpoint: Endpoint, calls: PartCalls, dividers: Dividers) -> Reply:
    """Answer a large call.

    Args:
        endpoint: of the large call.
        calls: makes the calls for its parts.
        dividers: divide it, and merge the answers.
    """
    try:
        divider = await calls.time.work(dividers.take)
        try:
            return await _answered(endpoint, calls, _Dividing(calls, divider))
        finally:
            dividers.give_back(divider)
    except PayloadError as error:
        return refusal_in_json(UNREADABLE, orjson.dumps({"detail": error.detail}))
    except PartFailedError as error:
        return _failed(calls, error)
    except AnswerError as error:
        sentence = f"{calls.name(error.part)} was not answered as the API does: {error}"
        return refusal(FAULT, sentence)
    except DividingError as error:
        return refusal(FAULT, str(error))
    except (HungUpError, BrokenOffError):
        # No one reads this; it keeps the call from going any further.
        return refusal(FAULT, "the client hung up")


class _Dividing:
    """What divides one large call, asked for one piece of work after another."""

    def __init__(self, calls: PartCalls, divider: Divider) -> None:
        self._calls = calls
        self._divider = divider
        self._turn = asyncio.Lock()

    async def ask(self, name: str, *arguments: Any, coded: Coded | None = None) -> Any:
        """Have work done; see :meth:`iai_proxy.session.dividing.Divider.ask`."""
        async with self._turn:
            is_over = self._calls.are_over
            asked = partial(self._divider.ask, is_over, name, *arguments, coded=coded)
            return await self._calls.time.work(asked)


async def _answered(endpoint: Endpoint, calls: PartCalls, dividing: _Dividing) -> Reply:
    calls.count, parts, concurrency = await dividing.ask("begin", endpoint, coded=calls.given)
    calls.start_clock()
    if endpoint is Endpoint.LARGE_INITIALIZE:
        return await _initialize(calls, dividing)
    drives = endpoint is Endpoint.LARGE_DRIVE

    async def reply(part: int) -> Reply:
        request = await dividing.ask("request", part)
        if drives:
            return await calls.post(part, Endpoint.DRIVE, request)
        return await calls.get(part, Endpoint.LOCATION_INFO, request)

    if drives and parts == 1:
        return handed_back(await reply(0))

    async def answer(part: int) -> None:
        await dividing.ask("answered", part, coded=_coded(await reply(part)))

    await calls.all((partial(answer, part) for part in range(parts)), concurrency)
    return _answer(calls, await dividing.ask("merged"))


async def _initialize(calls: PartCalls, dividing: _Dividing) -> Reply:
    regions = _Regions(calls)
    region, answer = 0, None
    try:
        while call := await dividing.ask("following", region, coded=answer):
            region, body, is_reduced = call
            answer = await regions.answer(region, body, is_reduced=is_reduced)
        merged = await dividing.ask("merged")
    except RegionFailedError as error:
        raise regions.reason(error) from error
    whole = _answer(calls, merged)
    if not regions.unfilled:
        return whole
    unfilled = ", ".join(str(region + 1) for region in regions.unfilled)
    return _with_header(whole, UNFILLED_HEADER, unfilled)


class _Regions:
    """Calls the API for the regions of one large call.

    Attributes:
        unfilled: indices of the regions that stay without the agents to be sampled, as keys.
    """

    def __init__(self, calls: PartCalls) -> None:
        self.unfilled: dict[int, None] = {}
        self._calls = calls
        self._latest_failure: PartFailedError | None = None

    async def answer(self, region: int, body: bytes, *, is_reduced: bool) -> Coded | None:
        """Return the API's answer; None if it refused, which leaves the region unfilled."""
        try:
            reply = await self._calls.post(region, Endpoint.INITIALIZE, body)
        except PartFailedError as error:
            if not _can_be_missed(error.reply):
                raise
            self._latest_failure = error
            self.unfilled[region] = None
            return None
        if not is_reduced:
            self.unfilled.pop(region, None)
        return _coded(reply)

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


def _coded(reply: Reply) -> Coded:
    return reply.body, header(reply.headers, "content-encoding") or ""
