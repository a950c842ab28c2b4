"""An index of recorded exchanges by the keys of their requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from iai_proxy.api import FOR_MAPS, RETRIED_STATUSES, Call, Endpoint, RequestKeys, raw_key
from iai_proxy.replay.request import IncomingRequest, location_of

KeyedLevel = Literal["exact", "seedless"]

#: The levels that compare keys, the strictest first.
KEYED_LEVELS: Final[tuple[KeyedLevel, ...]] = ("exact", "seedless")


@dataclass(frozen=True, slots=True)
class KeyedCall:
    """A recorded exchange as the index needs it."""

    call: Call
    keys: RequestKeys

    @property
    def is_usable(self) -> bool:
        """Whether it has an answer that a client can go on with."""
        status = self.call.status
        if self.call.failure is not None or status is None:
            return False
        if self.call.endpoint is Endpoint.KEY_CHECK:
            return status == 200
        return status >= 200 and status not in RETRIED_STATUSES


class KeyIndex:
    """Recorded exchanges by key, endpoint and location. Holds numbers and hashes, never bodies.

    Attributes:
        usable: numbers of the exchanges that can be served and that a client is to ask for again.
            Not key checks, since whether a client checks its key depends on whether it has one;
            nor what ``record --maps`` asked for.
        key_checks: numbers of the key checks that were granted.
        failures: how many exchanges have no usable answer.
        map_targets: the request targets of the ``location_info`` answers, by number.
    """

    def __init__(self, recorded: Iterable[KeyedCall]) -> None:
        self.usable: list[int] = []
        self.key_checks: list[int] = []
        self.failures = 0
        self.map_targets: dict[int, str] = {}
        self._by_bytes: dict[bytes, list[int]] = {}
        self._by_key: dict[KeyedLevel, dict[bytes, list[int]]] = {"exact": {}, "seedless": {}}
        self._by_endpoint: defaultdict[Endpoint, list[int]] = defaultdict(list)
        self._by_location: defaultdict[str, list[int]] = defaultdict(list)
        self._failed: dict[bytes, Call] = {}

        for keyed in recorded:
            if keyed.is_usable:
                self._add(keyed)
            else:
                self.failures += 1
                self._failed[keyed.keys.seedless] = keyed.call

    def same_bytes(self, request: IncomingRequest) -> list[int]:
        """Return the exchanges whose request has the same bytes. Parses nothing."""
        return self._by_bytes.get(request.bytes_key, [])

    def same_key(self, request: IncomingRequest, level: KeyedLevel) -> list[int]:
        """Return the exchanges whose request is the same at a level."""
        key = request.keys.exact if level == "exact" else request.keys.seedless
        return self._by_key[level].get(key, [])

    def failed(self, request: IncomingRequest) -> Call | None:
        """Return a recorded failure of the same request."""
        return self._failed.get(request.keys.seedless)

    def of_endpoint(self, endpoint: Endpoint) -> list[int]:
        """Return all usable exchanges of an endpoint."""
        return self._by_endpoint.get(endpoint, [])

    def of_location(self, location: str | None) -> list[int]:
        """Return the ``location_info`` answers for a location."""
        return self._by_location.get(location, []) if location else []

    @property
    def locations(self) -> list[str]:
        """The locations with a ``location_info`` answer."""
        return list(self._by_location)

    def _add(self, keyed: KeyedCall) -> None:
        call, keys = keyed.call, keyed.keys
        if call.endpoint is Endpoint.KEY_CHECK:
            self.key_checks.append(call.id)
        elif not call.connection.startswith(FOR_MAPS):
            self.usable.append(call.id)

        same = self._by_key["exact"].setdefault(keys.exact, [])
        same.append(call.id)
        self._by_key["seedless"].setdefault(keys.seedless, []).append(call.id)
        # One list for all exchanges of that key, whatever their white space.
        self._by_bytes[raw_key(call.method, call.target, call.request_hash)] = same

        self._by_endpoint[call.endpoint].append(call.id)
        location = location_of(call.target)
        if call.endpoint is Endpoint.LOCATION_INFO and location is not None and call.succeeded:
            self._by_location[location].append(call.id)
            self.map_targets[call.id] = call.target
