"""The order of a debug log's calls, and times that agree with it.

Each model has lists of its own, in the order in which its calls were made. No list says how the
calls of two models follow each other. What says so for certain: a call that takes up the recurrent
states of an answer came after it. Beyond that only the logged times are left. They never change the
order within a list, since clocks are set back, and stamps of the C++ SDK can be a second early.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final

from iai_proxy.logs.bodies import LogBody
from iai_proxy.logs.debug_log import PairedCall

_NS_PER_US: Final = 1_000


def in_order(calls: Sequence[PairedCall]) -> list[PairedCall]:
    """Return the calls of all models in the order in which they were made.

    Args:
        calls: model by model, each in the order of its list. A call without a time comes where the
            call before it in its list does.
    """
    models = dict.fromkeys(call.model for call in calls)
    queues = [_Queue(call for call in calls if call.model is model) for model in models]
    awaited = {
        fingerprint
        for call in calls
        if call.model.is_initialize and call.response
        for fingerprint in call.response.agents.recurrent
    }
    ordered: list[PairedCall] = []
    while queues := [queue for queue in queues if queue.calls]:
        ready = [queue for queue in queues if not queue.waits_for(awaited)] if awaited else []
        call = min(ready or queues, key=lambda queue: queue.latest_ns).take()
        ordered.append(call)
        if call.model.is_initialize and call.response:
            awaited.difference_update(call.response.agents.recurrent)
    return ordered


def timed(calls: Sequence[PairedCall]) -> Iterator[PairedCall]:
    """Yield calls, each with its start and end, in the order in which they are given.

    No call starts before the one in front of it, nor before the end of that one if it takes up its
    answer. A call without a time starts a microsecond after the end of the one in front of it.
    """
    latest = next((call.request_ns for call in calls if call.request_ns is not None), 0)
    before: PairedCall | None = None
    for call, following in zip_longest(calls, calls[1:]):
        started = latest + _NS_PER_US if call.request_ns is None else call.request_ns
        started = max(started, _earliest(call, before))
        ended = started + _NS_PER_US
        if call.response_ns is not None:
            ended = max(started, min(call.response_ns, _latest(call, following)))
        latest = started if call.request_ns is not None else ended
        before = replace(call, started_ns=started, ended_ns=ended)
        yield before


def _earliest(call: PairedCall, before: PairedCall | None) -> int:
    """Return when a call can have started at the earliest."""
    if before is None:
        return 0
    return before.ended_ns if _takes_up(call.request, before.response) else before.started_ns


def _latest(call: PairedCall, following: PairedCall | None) -> int:
    """Return when a call can have ended at the latest: when its answer is taken up."""
    if following is None or following.request_ns is None or call.response_ns is None:
        return call.response_ns or 0
    is_taken = _takes_up(following.request, call.response)
    return following.request_ns if is_taken else call.response_ns


def _takes_up(request: LogBody | None, answer: LogBody | None) -> bool:
    if request is None or answer is None:
        return False
    sent, answered = request.agents.recurrent, answer.agents.recurrent
    if sent == answered:
        return any(sent)
    return not set(filter(None, sent)).isdisjoint(answered)


class _Queue:
    """The calls of one model that have no place yet.

    Attributes:
        calls: in the order of their list.
        latest_ns: the latest time so far, the next call's included.
    """

    def __init__(self, calls: Iterable[PairedCall]) -> None:
        self.calls = deque(calls)
        self.latest_ns = 0
        self._note_time()

    def take(self) -> PairedCall:
        call = self.calls.popleft()
        self._note_time()
        return call

    def waits_for(self, awaited: set[int]) -> bool:
        """Tell whether the next call takes up recurrent states that no answer has given yet."""
        request = self.calls[0].request
        if request is None or self.calls[0].model.is_initialize:
            return False
        return not awaited.isdisjoint(filter(None, request.agents.recurrent))

    def _note_time(self) -> None:
        if self.calls and (ns := self.calls[0].request_ns) is not None:
            self.latest_ns = max(self.latest_ns, ns)
