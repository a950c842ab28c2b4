"""A pause after wrong passwords, so that no one can try many.

Each try from an address waits until the pause that earlier wrong ones brought has passed. The pause
doubles with each, and tries that come at once wait one after the other. A right password waits as
well, or it would stand out; it ends the pauses of its address.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

#: The pause after the first wrong password, and the longest, in seconds.
_FIRST_S: Final = 0.25
_LONGEST_S: Final = 10.0
#: No try waits longer than this, in seconds, however many wait already.
_MOST_S: Final = 30.0
#: Wrong passwords of an address count for this long after the last, in seconds.
_KEPT_S: Final = 300.0
#: How many addresses are kept in mind.
_MOST_ADDRESSES: Final = 1000
#: Someone with IPv6 has all addresses of a network of this prefix length.
_NETWORK: Final = 64


@dataclass(slots=True)
class _Tries:
    """The wrong passwords of an address, and when its next try may be answered."""

    wrong: int = 0
    next_s: float = 0.0
    last_s: float = 0.0


class PasswordPauses:
    """Says how long tries wait. Safe to use from several threads.

    Args:
        clock: gives seconds that only grow.
        first_s: the pause after the first wrong password, in seconds.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, first_s: float = _FIRST_S
    ) -> None:
        self._clock = clock
        self._first_s = first_s
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._lock = threading.Lock()

    def before_try_s(self, address: str) -> float:
        """Return how long a try from an address waits before it is looked at, in seconds."""
        with self._lock:
            now = self._clock()
            tries = self._of(address, now)
            if tries is None:
                return 0.0
            wait = min(max(0.0, tries.next_s - now), _MOST_S)
            tries.next_s = max(now, tries.next_s) + self._pause_s(tries)
            return wait

    def wrong(self, address: str) -> None:
        """Note that an address has given a wrong password."""
        with self._lock:
            now = self._clock()
            tries = self._of(address, now) or _Tries()
            tries.wrong += 1
            tries.last_s = now
            tries.next_s = max(tries.next_s, now + self._pause_s(tries))
            key = _key(address)
            self._tries[key] = tries
            self._tries.move_to_end(key)
            if len(self._tries) > _MOST_ADDRESSES:
                self._tries.popitem(last=False)

    def right(self, address: str) -> None:
        """Note that an address has given the right password."""
        with self._lock:
            self._tries.pop(_key(address), None)

    def _pause_s(self, tries: _Tries) -> float:
        doublings = min(tries.wrong - 1, 16)
        return min(self._first_s * float(2**doublings), _LONGEST_S)

    def _of(self, address: str, now: float) -> _Tries | None:
        tries = self._tries.get(_key(address))
        if tries is not None and now - tries.last_s > _KEPT_S:
            del self._tries[_key(address)]
            return None
        return tries


def _key(address: str) -> str:
    """Return what an address has in common with all that its owner can use."""
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(number, ipaddress.IPv6Address) and not number.ipv4_mapped:
        return str(ipaddress.ip_network((number, _NETWORK), strict=False))
    return str(getattr(number, "ipv4_mapped", None) or number)
