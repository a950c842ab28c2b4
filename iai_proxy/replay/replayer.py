"""The replayer: an index of what was recorded, and how much of it has been served.

Levels are tried in order, up to the one that the user allows. ``exact``: the same request after canonical JSON; its
raw bytes are tried first, so that a true repetition parses nothing. ``seedless``: the same without the ignored
fields. ``step``: the recorded step that it is (:mod:`iai_proxy.replay.steps`). Besides, whatever level is allowed,
``location`` (any recorded answer for that location) and ``key-check`` (always granted: offline there is nobody to ask).
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import parse_qs

from iai_proxy.exchange import RETRIED_STATUSES, Call
from iai_proxy.lineage import Observation, observe_request
from iai_proxy.matching import RequestKeys, raw_key, request_keys
from iai_proxy.replay.steps import Assemble, RecordedSteps

#: Every level that ``--match`` knows, the strictest first.
LEVELS: Final = ("exact", "seedless", "step")
#: Those that compare keys.
_KEYED: Final = ("exact", "seedless")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the index knows of one recorded exchange."""

    call: Call
    keys: RequestKeys

    @property
    def answers(self) -> bool:
        """Whether it has an answer that a client can go on with."""
        status = self.call.status
        return self.call.failure is None and status is not None and status >= 200 and status not in RETRIED_STATUSES


@dataclass(frozen=True)
class Question:
    """A request to be answered from the recording. Keys are worked out when they are first needed."""

    endpoint: str
    method: str
    target: str
    body: bytes
    ignored: frozenset[str]
    client: str = ""

    @cached_property
    def raw(self) -> bytes:
        """The key of its bytes as they are."""
        return raw_key(self.method, self.target, hashlib.sha256(self.body).digest())

    @cached_property
    def keys(self) -> RequestKeys:
        """The keys of its canonical forms."""
        return request_keys(self.method, self.target, self.body, self.ignored)

    @cached_property
    def observation(self) -> Observation:
        """What lineage sees of it."""
        return observe_request(self.endpoint, self.client, self.body)

    @property
    def location(self) -> str | None:
        """The ``location`` of its query, if any."""
        return _location(self.target)


@dataclass(frozen=True, slots=True)
class Serve:
    """Answer with the recorded exchange ``number``; with a bare 200 where it is None (a key check)."""

    number: int | None
    level: str


@dataclass(frozen=True, slots=True)
class Miss:
    """Nothing recorded answers.

    Attributes:
        reason: what the recording lacks, as the end of a sentence.
        nearest: number of the recorded exchange to compare with, or None.
        accepted_by: the flag that would have accepted it, or None.
        compared: whether the reason says already what differs.
    """

    reason: str
    nearest: int | None = None
    accepted_by: str | None = None
    compared: bool = False


@dataclass(slots=True)
class Tally:
    """What a replay has come to so far.

    Attributes:
        served: number of answers by level.
        misses: number of requests that nothing answered.
        unused: numbers of the recorded exchanges, fit to answer, that never did.
        failures: how many recorded exchanges were no answers and so were left out.
    """

    served: Counter[str]
    misses: int
    unused: list[int]
    failures: int


@dataclass(slots=True)
class _Shelf:
    """The exchanges with one key, in recorded order. Each is served once; then the last repeats."""

    numbers: list[int] = field(default_factory=list)
    next: int = 0

    def take(self, used: set[int]) -> int:
        while self.next < len(self.numbers) and self.numbers[self.next] in used:
            self.next += 1
        return self.numbers[min(self.next, len(self.numbers) - 1)]


class Replayer:
    """Decides what answers a request. Holds numbers and hashes, never bodies.

    Args:
        recorded: the recording's exchanges, in order.
        match: the loosest level allowed, one of :data:`LEVELS`.
        ignored: fields that make no difference from level ``seedless`` on. Where they are not the default ones, the
            keys in ``recorded`` must have been made with the same.
        steps: the recording's steps; needed for level ``step``.
    """

    def __init__(
        self,
        recorded: Iterable[Recorded],
        match: str,
        ignored: Collection[str],
        steps: RecordedSteps | None = None,
    ) -> None:
        self.match = match
        self._steps = steps
        self.ignored = frozenset(ignored)
        self._used: set[int] = set()
        self._served: Counter[str] = Counter()
        self._misses = 0
        self._shelves: dict[str, dict[bytes, _Shelf]] = {"raw": {}, "exact": {}, "seedless": {}}
        self._locations: dict[str, _Shelf] = {}
        self._by_endpoint: dict[str, _Shelf] = {}
        self._key_checks = _Shelf()
        self._failed: dict[bytes, Call] = {}
        self._usable: list[int] = []
        self._failures = 0
        for one in recorded:
            self._add(one)

    def decide(self, question: Question) -> Serve | Assemble | Miss:
        """Say what answers a request, and count it."""
        decision = self._decide(question)
        if isinstance(decision, Assemble):
            self._served["step"] += 1
            self._used.update(decision.step)
        elif isinstance(decision, Serve):
            self._served[decision.level] += 1
            if decision.number is not None:
                self._used.add(decision.number)
        else:
            self._misses += 1
        return decision

    @property
    def tally(self) -> Tally:
        """What the replay has come to so far."""
        unused = [number for number in self._usable if number not in self._used]
        return Tally(Counter(self._served), self._misses, unused, self._failures)

    def _add(self, one: Recorded) -> None:
        call = one.call
        if not one.answers or (call.endpoint == "key_check" and call.status != 200):
            self._failures += 1
            self._failed[one.keys.seedless] = call
            return
        if call.endpoint != "key_check":  # whether a client checks its key depends on whether it has one
            self._usable.append(call.id)
        for level, key in (("exact", one.keys.exact), ("seedless", one.keys.seedless)):
            self._shelves[level].setdefault(key, _Shelf()).numbers.append(call.id)
        raw = raw_key(call.method, call.target, call.request_hash)
        self._shelves["raw"][raw] = self._shelves["exact"][one.keys.exact]  # one shelf, whatever the white space
        self._by_endpoint.setdefault(call.endpoint, _Shelf()).numbers.append(call.id)
        if call.endpoint == "key_check" and call.status == 200:
            self._key_checks.numbers.append(call.id)
        location = _location(call.target)
        if call.endpoint == "location_info" and location is not None and call.succeeded:
            self._locations.setdefault(location, _Shelf()).numbers.append(call.id)

    def _decide(self, question: Question) -> Serve | Assemble | Miss:
        if question.endpoint == "key_check":
            return Serve(self._key_checks.take(self._used) if self._key_checks.numbers else None, "key-check")
        if shelf := self._shelves["raw"].get(question.raw):
            return Serve(shelf.take(self._used), "exact")
        for level in _KEYED[: LEVELS.index(self.match) + 1]:
            if shelf := self._shelves[level].get(getattr(question.keys, level)):
                return Serve(shelf.take(self._used), level)
        if question.endpoint == "location_info" and question.location in self._locations:
            return Serve(self._locations[question.location].take(self._used), "location")
        if self._steps and self.match == "step":
            return self._step(question, self._steps)
        return self._miss(question)

    def _step(self, question: Question, steps: RecordedSteps) -> Assemble | Miss:
        if question.endpoint == "initialize":
            return steps.initialize(question.observation, question.client) or self._miss(question)
        if question.endpoint != "drive" or question.endpoint not in self._by_endpoint:
            return self._miss(question)
        found = steps.drive(question.observation, question.client)
        if isinstance(found, Assemble):
            return found
        # A tolerance of more than a metre is another situation, not the same one.
        accepts = f"--tolerance {_rounded_up(found.tolerance)}" if found.tolerance and found.tolerance < 1 else None
        return Miss(found.reason, found.nearest, accepts, compared=True)

    def _miss(self, question: Question) -> Miss:
        for level in _KEYED:
            if shelf := self._shelves[level].get(getattr(question.keys, level)):
                return Miss("is recorded, but not like this", shelf.take(self._used), f"--match {level}")
        if failed := self._failed.get(question.keys.seedless):
            outcome = failed.failure or f"status {failed.status}"
            return Miss(f"is recorded only as a failure ({outcome}), which is never replayed", failed.id)
        if question.endpoint == "location_info":
            return Miss(f"is not recorded for location {question.location!r}")
        same = self._by_endpoint.get(question.endpoint)
        if same is None:
            return Miss(f"is not in the recording, which holds no {question.endpoint} call")
        return Miss("is not in the recording", same.take(self._used))


def _rounded_up(value: float) -> str:
    """A tolerance of two digits that is not below the one needed."""
    digits = max(0, 1 - math.floor(math.log10(value)))
    return f"{math.ceil(value * 10**digits) / 10**digits:.{digits}f}"


def _location(target: str) -> str | None:
    values = parse_qs(target.partition("?")[2]).get("location")
    return values[0] if values else None
