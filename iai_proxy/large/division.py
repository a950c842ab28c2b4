"""A large call in pieces of bytes: requests of its parts out, their answers in, the whole one out.

This is what runs where large calls are divided, in a process of its own. Each kind of large call
has a class, made with its body (or its query), which raises :class:`PayloadError` if that can't be
divided.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

from iai_proxy.api import Endpoint
from iai_proxy.api.bounds import TooLargeError
from iai_proxy.api.content_coding import UNDECODED, decode
from iai_proxy.large.answers import AnswerError
from iai_proxy.large.drive import LargeDrive
from iai_proxy.large.initialize import LargeInitialize
from iai_proxy.large.limits import MOST_AGENTS, MOST_BODY
from iai_proxy.large.payload import PayloadError, dump, parse_payload, problem
from iai_proxy.large.regions import RegionsQuery

#: What travels as a body, and its content coding; of GET /regions its query, without one.
Coded = tuple[bytes, str]


class DriveDivision:
    """A ``large_drive``.

    Attributes:
        count: how many parts there are, as clients are told.
        parts: how many requests there are, as far as that is known.
        concurrency: how many may be under way at once.
    """

    def __init__(self, given: Coded) -> None:
        self._plan = LargeDrive.of(parse_payload(_body(given)))
        self.count = self.parts = len(self._plan.shares)
        self.concurrency = self._plan.concurrency
        self._answers: list[Any] = [None] * self.count

    def request(self, part: int) -> bytes:
        """Return the body of a part's ``drive`` call."""
        return dump(self._plan.request(part))

    def answered(self, part: int, answer: Coded) -> None:
        """Take a part's answer.

        Raises:
            AnswerError: it is not what the API answers.
        """
        self._answers[part] = self._plan.own(part, _answer(part, answer))

    def merged(self) -> bytes:
        """Return the body of the whole answer, once all parts are answered.

        Raises:
            AnswerError: some answers lack a list that others have.
        """
        return dump(self._plan.joined(self._answers))


class InitializeDivision:
    """A ``large_initialize``: each request depends on the answers before it.

    Attributes:
        count: how many regions there are.
        parts: none is known before the first is answered.
        concurrency: one.
    """

    def __init__(self, given: Coded) -> None:
        payload = parse_payload(_body(given))
        self._run = LargeInitialize(payload)
        self._calls = self._run.calls()
        self.count, self.parts, self.concurrency = len(payload["regions"]), 0, 1

    def following(self, region: int, answer: Coded | None = None) -> tuple[int, bytes, bool] | None:
        """Return the next call to make.

        Args:
            region: of the call before.
            answer: to that; None if it failed, and before the first.

        Returns:
            Region, body, and whether agents are left out; see
            :class:`iai_proxy.large.initialize.RegionCall`. None if there are no more.

        Raises:
            PayloadError: there are no agents.
            AnswerError: an answer is not one to an ``initialize``.
            RegionFailedError: a region that is needed could not be filled.
        """
        self._run.answer = None if answer is None else _answer(region, answer)
        call = next(self._calls, None)
        return call and (call.region, dump(call.request), call.is_reduced)

    def merged(self) -> bytes:
        """Return the body of the whole answer.

        Raises:
            RegionFailedError: exactly the given agents are wanted, and a region lacks some.
        """
        return dump(self._run.merged())


class RegionsDivision:
    """A ``GET /regions``; attributes as for :class:`DriveDivision`."""

    def __init__(self, given: Coded) -> None:
        self._asked = RegionsQuery.of(given[0].decode())
        self._queries = list(self._asked.requests())
        self.count, self.parts = len(self._asked.centers), len(self._queries)
        self.concurrency = self._asked.concurrency
        self._shares = [0.0] * self.parts

    def request(self, part: int) -> str:
        """Return the query of a part's ``location_info`` call."""
        return self._queries[part]

    def answered(self, part: int, answer: Coded) -> None:
        """Take a part's answer.

        Raises:
            AnswerError: it holds no picture.
        """
        self._shares[part] = self._asked.share(part, _answer(part, answer))

    def merged(self) -> bytes:
        """Return the body of the whole answer.

        Raises:
            PayloadError: nothing of the area can be driven on.
        """
        return dump(self._asked.distributed(self._shares))


Division = DriveDivision | InitializeDivision | RegionsDivision

#: What divides the calls of an endpoint.
DIVISIONS: Final[dict[Endpoint, Callable[[Coded], Division]]] = {
    Endpoint.LARGE_DRIVE: DriveDivision,
    Endpoint.LARGE_INITIALIZE: InitializeDivision,
    Endpoint.REGIONS: RegionsDivision,
}


def _body(given: Coded) -> bytes:
    """Return the body of a large call, decoded."""
    try:
        body, coding = decode(*given, MOST_BODY)
    except TooLargeError:
        raise _too_large() from None
    if coding.startswith(UNDECODED):
        where, message = ["header", "content-encoding"], f"can't undo {given[1]}"
        raise PayloadError([problem(where, message, "value_error")])
    if len(body) > MOST_BODY:
        raise _too_large()
    return body


def _too_large() -> PayloadError:
    message = (
        f"a large call has {MOST_BODY // 1_000_000} MB at most: {MOST_AGENTS} agents, as many as "
        "it may have, take less"
    )
    return PayloadError([problem(["body"], message, "too_long")])


def _answer(part: int, answer: Coded) -> Any:
    body, _ = decode(*answer)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise AnswerError(part, f"its answer is not JSON ({error})") from None
