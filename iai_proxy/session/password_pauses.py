"""A pause after wrong passwords, so that no one can try many.

A try is counted when it comes, and answered when its turn has come: the pause between turns doubles
with each wrong password. Tries that would wait for long are not looked at at all, however many come
at once. A right password waits for its turn as well, or it would stand out.

Whoever guesses from an address delays all others there. Not those who have given the password
before: they are known by what their requests tell besides, as their program and their key for the
API, and have turns of their own.
"""

from __future__ import annotations

import hashlib
import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

_T = TypeVar("_T")

#: The pause after the first wrong password, and the longest, in seconds.
_FIRST_S: Final = 0.25
_LONGEST_S: Final = 10.0
#: A try that would wait longer than this, in seconds, is not looked at.
_MOST_S: Final = 30.0
#: Wrong passwords of an address count for this long after the last, in seconds.
_KEPT_S: Final = 300.0
#: How many who guess, and how many who are known, are kept in mind.
_MOST_KNOWN: Final = 1000
#: Headers that tell clients apart.
_TELLING: Final = ("user-agent", "x-api-key", "api-key")
#: Someone with IPv6 has all addresses of a network of this prefix length.
_NETWORK: Final = 64


@dataclass(frozen=True, slots=True)
class Guest:
    """Who gives a password.

    Attributes:
        address: of the host; all of an IPv6 network count as one.
        looks: a digest of what tells its program apart from others there.
    """

    address: str
    looks: bytes = b""

    @classmethod
    def of(cls, address: str, headers: Iterable[tuple[str, str]]) -> Guest:
        """Return who has sent these headers."""
        told = sorted((name.lower(), value) for name, value in headers if name.lower() in _TELLING)
        return cls(_key(address), hashlib.sha256(repr(told).encode()).digest())


@dataclass(slots=True)
class _Tries:
    """The wrong passwords of an address, and when its next try may be answered."""

    next_s: float
    last_s: float
    wrong: int = 0


class PasswordPauses:
    """Says how long tries wait. Safe to use from several threads.

    Args:
        clock: gives seconds that only grow.
        first_s: the pause after the first wrong password, in seconds.
        tell: is given the address of each wrong password.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        first_s: float = _FIRST_S,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._first_s = first_s
        self._tell = tell
        self._tries: OrderedDict[Guest, _Tries] = OrderedDict()
        self._known: OrderedDict[Guest, None] = OrderedDict()
        self._lock = threading.Lock()

    def tried(self, guest: Guest, *, is_right: bool) -> float | None:
        """Count a try; return how long its answer waits, in seconds.

        Returns:
            None if it is not to be looked at, because too many wait already.
        """
        if not is_right:
            self._tell(guest.address)
        with self._lock:
            now = self._clock()
            queue = guest if guest in self._known else Guest(guest.address)
            tries = self._of(queue, now) or _Tries(now, now)
            turn = max(now, tries.next_s)
            if turn - now > _MOST_S:
                return None
            if is_right:
                tries.wrong = 0
                _keep(self._known, guest, None)
            else:
                tries.wrong += 1
                tries.last_s = turn
                tries.next_s = turn + self._pause_s(tries)
                _keep(self._tries, queue, tries)
            return turn - now

    def _pause_s(self, tries: _Tries) -> float:
        doublings = min(tries.wrong - 1, 16)
        return min(self._first_s * float(2**doublings), _LONGEST_S)

    def _of(self, queue: Guest, now: float) -> _Tries | None:
        tries = self._tries.get(queue)
        if tries is not None and now - tries.last_s > _KEPT_S:
            del self._tries[queue]
            return None
        return tries


def _keep(kept: OrderedDict[Guest, _T], guest: Guest, value: _T) -> None:
    """Put a guest at the end; the first gives way where there are too many."""
    kept[guest] = value
    kept.move_to_end(guest)
    if len(kept) > _MOST_KNOWN:
        kept.popitem(last=False)


def _key(address: str) -> str:
    """Return what an address has in common with all that its owner can use."""
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(number, ipaddress.IPv6Address) and not number.ipv4_mapped:
        return str(ipaddress.ip_network((number, _NETWORK), strict=False))
    return str(getattr(number, "ipv4_mapped", None) or number)
