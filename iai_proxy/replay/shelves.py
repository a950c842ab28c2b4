"""The keyed levels: which recorded exchanges a request is equal to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from iai_proxy.api import RETRIED_STATUSES, Call, Endpoint, RequestKeys, raw_key
from iai_proxy.replay.question import Question, location_of

#: The levels that compare keys, the strictest first.
KEYED: Final = ("exact", "seedless")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the index knows of one recorded exchange."""

    call: Call
    keys: RequestKeys

    @property
    def answers(self) -> bool:
        """Whether it has an answer that a client can go on with."""
        status = self.call.status
        return (
            self.call.failure is None
            and status is not None
            and status >= 200
            and status not in RETRIED_STATUSES
        )


class Shelves:
    """Recorded exchanges by key, endpoint and location. Holds numbers and hashes, never bodies.

    Attributes:
        usable: numbers of the exchanges that a client may be served, key checks apart.
        failures: how many exchanges were no answers and so are left out.
    """

    def __init__(self, recorded: Iterable[Recorded]) -> None:
        self.usable: list[int] = []
        self.failures = 0
        self.key_checks: list[int] = []
        self._keyed: dict[str, dict[bytes, list[int]]] = {"exact": {}, "seedless": {}}
        self._raw: dict[bytes, list[int]] = {}
        self._by_endpoint: defaultdict[Endpoint, list[int]] = defaultdict(list)
        self._by_location: defaultdict[str, list[int]] = defaultdict(list)
        self._failed: dict[bytes, Call] = {}
        for one in recorded:
            self._add(one)

    def raw(self, question: Question) -> list[int] | None:
        """Return the exchanges with the very same bytes. Parses nothing."""
        return self._raw.get(question.raw)

    def keyed(self, question: Question, level: str) -> list[int] | None:
        """Return the exchanges that are the same at a level, one of :data:`KEYED`."""
        key = question.keys.exact if level == "exact" else question.keys.seedless
        return self._keyed[level].get(key)

    def failed(self, question: Question) -> Call | None:
        """Return a recorded failure of the same request."""
        return self._failed.get(question.keys.seedless)

    def of_endpoint(self, endpoint: Endpoint) -> list[int]:
        """Return all exchanges of an endpoint."""
        return self._by_endpoint.get(endpoint, [])

    def of_location(self, location: str | None) -> list[int]:
        """Return the ``location_info`` answers for a location."""
        return self._by_location.get(location, []) if location else []

    @property
    def locations(self) -> list[str]:
        """The locations that there is a ``location_info`` of."""
        return list(self._by_location)

    def _add(self, one: Recorded) -> None:
        call = one.call
        if not one.answers or (call.endpoint is Endpoint.KEY_CHECK and call.status != 200):
            self.failures += 1
            self._failed[one.keys.seedless] = call
            return
        if (
            call.endpoint is Endpoint.KEY_CHECK
        ):  # whether a client checks its key depends on whether it has one
            self.key_checks.append(call.id)
        else:
            self.usable.append(call.id)
        for level, key in (("exact", one.keys.exact), ("seedless", one.keys.seedless)):
            self._keyed[level].setdefault(key, []).append(call.id)
        raw = raw_key(call.method, call.target, call.request_hash)
        self._raw[raw] = self._keyed["exact"][one.keys.exact]  # one shelf, whatever the white space
        self._by_endpoint[call.endpoint].append(call.id)
        location = location_of(call.target)
        if call.endpoint is Endpoint.LOCATION_INFO and location is not None and call.succeeded:
            self._by_location[location].append(call.id)
