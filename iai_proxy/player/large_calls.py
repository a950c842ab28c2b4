"""Answers large calls from a recording: each part by the player, without a connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from iai_proxy.api import Headers, Request
from iai_proxy.player.instant import Instant
from iai_proxy.session.dividing import MOST, Dividers
from iai_proxy.session.large_answers import answer_large
from iai_proxy.session.part_calls import FIRST_PAUSE_S, PartCalls, PartRequest
from iai_proxy.session.replies import Reply


class LargeReplies:
    """Answers large calls. Safe to use from several threads."""

    def __init__(self) -> None:
        self._dividers = Dividers()
        self._room = threading.Semaphore(MOST)
        self._stops = False

    def reply(self, request: Request, answer: Callable[[Request], Reply]) -> Reply:
        """Return what answers a large call; see :func:`large_reply`."""
        with self._room:
            return large_reply(
                request, answer, dividers=self._dividers, is_over=lambda: self._stops
            )

    def stop(self) -> None:
        """Divide no more."""
        self._stops = True
        self._dividers.end()


def large_reply(
    request: Request,
    answer: Callable[[Request], Reply],
    first_pause_s: float = FIRST_PAUSE_S,
    dividers: Dividers | None = None,
    is_over: Callable[[], bool] = lambda: False,
) -> Reply:
    """Return what answers a large call; it is late by as much as its parts would have taken.

    Args:
        request: the large call.
        answer: answers a part.
        first_pause_s: before the first retry of a part that a ``--fault`` has met.
        dividers: divide it; None for some of its own.
        is_over: tells whether the replay stops.
    """
    instant = Instant()

    async def send(part: PartRequest) -> Reply | None:
        reply = answer(_as_request(part, request, whole=calls.count == 1))
        await instant.sleep(reply.delay_s)
        return None if reply.drop else reply

    calls = PartCalls(request, send, instant, first_pause_s, gives_up=is_over)
    reply = instant.run(answer_large(request.endpoint, calls, dividers or Dividers()))
    return replace(reply, delay_s=instant.now())


def _as_request(part: PartRequest, large: Request, *, whole: bool) -> Request:
    """Return a part as a request of its own.

    Args:
        part: its method, target, headers and body.
        large: the large call, to the same host.
        whole: the part's answer is that of the large call, so that it is coded for the client.
    """
    now_ns = time.time_ns()
    return replace(
        large,
        method=part.method,
        target=part.target,
        headers=part.headers if whole else _uncoded(part.headers),
        body=part.body,
        encoding="",
        started_ns=now_ns,
        ended_ns=now_ns,
    )


def _uncoded(headers: Headers) -> Headers:
    return tuple(field for field in headers if field[0].lower() != "accept-encoding")
