"""An index of recorded exchanges by the keys of their requests."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from iai_proxy.api import FOR_MAPS, RETRIED_STATUSES, Call, Endpoint, RequestKeys, raw_key
from iai_proxy.replay.request import IncomingRequest, location_of

KeyedLevel = Literal["exact", "seedless"]

#: The levels that compare keys, the strictest first.
KEYED_LEVELS: Final[tuple[KeyedLevel, ...]] = ("exact", "seedless")


@dataclass(frozen=True, slots=True)
class KeyedCall:
    """A recorded exchange as the index needs it; without keys where they are yet to be made."""

    call: Call
    keys: RequestKeys | None

    @property
    def is_usable(self) -> bool:
        """Whether it has an answer that a client can go on with."""
        status = self.call.status
        if self.call.failure is not None or status is None:
            return False
        if self.call.endpoint is Endpoint.KEY_CHECK:
            return status == 200
        return status >= 200 and status not in RETRIED_STATUSES


KeysOf = Callable[[Call], RequestKeys]


def no_keys(call: Call) -> RequestKeys:
    """Make no keys: all exchanges have them."""
    raise LookupError(f"call {call.id} has no keys")


class KeyIndex:
    """Recorded exchanges by key, endpoint and location. Holds numbers and hashes, never bodies.

    A request is found by its bytes first. Keys that are not stored are made when one of their
    endpoint is not: that takes a few milliseconds for each call of 100 agents.

    Args:
        recorded: the exchanges, in order.
        keys_of: makes the keys of those without.

    Attributes:
        usable: numbers of the exchanges that can be served and that a client is to ask for again.
            Not key checks, since whether a client checks its key depends on whether it has one;
            nor what ``record --maps`` asked for.
        optional: numbers of the others that can be served.
        key_checks: numbers of the key checks that were granted.
        failures: how many exchanges have no usable answer.
        map_targets: the request targets of the ``location_info`` answers, by number.
    """

    def __init__(self, recorded: Iterable[KeyedCall], keys_of: KeysOf = no_keys) -> None:
        self._keys_of = keys_of
        self.usable: list[int] = []
        self.optional: list[int] = []
        self.key_checks: list[int] = []
        self.failures = 0
        self.map_targets: dict[int, str] = {}
        self._by_bytes: dict[bytes, list[int]] = {}
        self._by_key: dict[KeyedLevel, dict[bytes, list[int]]] = {"exact": {}, "seedless": {}}
        self._by_endpoint: defaultdict[Endpoint, list[int]] = defaultdict(list)
        self._by_location: defaultdict[str, list[int]] = defaultdict(list)
        self._failed: dict[bytes, Call] = {}
        self._unkeyed: defaultdict[Endpoint, list[KeyedCall]] = defaultdict(list)

        for keyed in recorded:
            if keyed.is_usable:
                self._add(keyed)
            else:
                self.failures += 1
            if keyed.keys is None:
                self._add_bytes(keyed)
            else:
                self._add_keys(keyed, keyed.keys)

    def same_bytes(self, request: IncomingRequest) -> list[int]:
        """Return the exchanges whose request has the same bytes. Parses nothing."""
        return self._by_bytes.get(request.bytes_key, [])

    def lacks_keys(self, endpoint: Endpoint) -> bool:
        """Whether keys are still to be made of an endpoint's exchanges."""
        return endpoint in self._unkeyed

    def same_key(self, request: IncomingRequest, level: KeyedLevel) -> list[int]:
        """Return the exchanges whose request is the same at a level."""
        self._make_keys(request.endpoint)
        key = request.keys.exact if level == "exact" else request.keys.seedless
        return self._by_key[level].get(key, [])

    def failed(self, request: IncomingRequest) -> Call | None:
        """Return a recorded failure of the same request."""
        self._make_keys(request.endpoint)
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

    def _make_keys(self, endpoint: Endpoint) -> None:
        """Make the keys of an endpoint's exchanges that have none."""
        for keyed in self._unkeyed.pop(endpoint, ()):
            self._add_keys(keyed, self._keys_of(keyed.call))

    def _add_keys(self, keyed: KeyedCall, keys: RequestKeys) -> None:
        call = keyed.call
        if not keyed.is_usable:
            latest = self._failed.setdefault(keys.seedless, call)
            self._failed[keys.seedless] = max(latest, call, key=lambda failed: failed.id)
            return
        same = self._by_key["exact"].setdefault(keys.exact, [])
        raw = _raw_key(call)
        same_bytes = self._by_bytes.setdefault(raw, same)
        if same_bytes is not same:
            for number in same_bytes:
                _enter(same, number)
            # One list for all exchanges of that key, whatever their white space.
            self._by_bytes[raw] = same
        _enter(same, call.id)
        _enter(self._by_key["seedless"].setdefault(keys.seedless, []), call.id)

    def _add(self, keyed: KeyedCall) -> None:
        call = keyed.call
        if call.endpoint is Endpoint.KEY_CHECK:
            self.key_checks.append(call.id)
        is_needed = call.endpoint is not Endpoint.KEY_CHECK and not call.connection.startswith(
            FOR_MAPS
        )
        (self.usable if is_needed else self.optional).append(call.id)
        self._by_endpoint[call.endpoint].append(call.id)
        if call.endpoint is Endpoint.LOCATION_INFO and call.succeeded:
            self._add_map(call)

    def _add_map(self, call: Call) -> None:
        location = location_of(call.target)
        if location is not None:
            self._by_location[location].append(call.id)
            self.map_targets[call.id] = call.target

    def _add_bytes(self, keyed: KeyedCall) -> None:
        """Let an exchange without keys be found by its bytes."""
        self._unkeyed[keyed.call.endpoint].append(keyed)
        if keyed.is_usable:
            _enter(self._by_bytes.setdefault(_raw_key(keyed.call), []), keyed.call.id)


def _raw_key(call: Call) -> bytes:
    return raw_key(call.method, call.target, call.request_hash)


def _enter(numbers: list[int], number: int) -> None:
    """Put a number in its place among others, if it is not there."""
    place = bisect_left(numbers, number)
    if numbers[place : place + 1] != [number]:
        numbers.insert(place, number)
