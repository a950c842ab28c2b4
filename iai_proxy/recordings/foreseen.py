"""What can be done with a request while its answer is awaited: search it for secrets, hash it."""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

from iai_proxy.api import Exchange, Request
from iai_proxy.recordings.redactor import Redactor

#: Of calls that are never answered nothing comes: no more are remembered.
_MOST: Final = 64
#: In bytes. A larger body takes its time in any case, and 64 of them would take much memory.
_LARGEST: Final = 4_000_000


class BodyRow(NamedTuple):
    """A body as it is stored: its SHA-256, how it is packed, its size, and its packed bytes."""

    digest: bytes
    codec: str
    size: int
    data: bytes


class Ready(NamedTuple):
    """An exchange without secrets.

    Attributes:
        exchange: without its bodies if it has ``bodies``.
        request_hash: the hash of its request's body if that is known.
        bodies: of the request and of the answer, if they were made elsewhere.
    """

    exchange: Exchange
    request_hash: bytes | None
    bodies: tuple[BodyRow, BodyRow] | None = None


class _Body(NamedTuple):
    body: bytes
    digest: bytes
    version: int  # of what the redactor searched it for


class Foreseen:
    """Remembers bodies in which there is no secret, with their hashes.

    They are known by the very objects: comparing bytes would take as long as hashing them.

    Args:
        redactor: the recording's.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._bodies: dict[int, _Body] = {}

    def look(self, request: Request) -> None:
        """Search a request and hash it, if it is stored as it is."""
        body = request.body
        if request.encoding or not body or len(body) > _LARGEST:
            return
        self._redactor.learn_from(request)
        if self._redactor.body(body) is body:
            known = _Body(body, hashlib.sha256(body).digest(), self._redactor.version)
            self._bodies[id(body)] = known
        while len(self._bodies) > _MOST:
            del self._bodies[next(iter(self._bodies))]

    def forget(self, request: Request) -> None:
        """Forget a request of which nothing is asked any more."""
        self._bodies.pop(id(request.body), None)

    def ready(self, exchange: Exchange) -> Ready:
        """Return an exchange with its secrets replaced, doing only what is not done yet."""
        known = self._bodies.pop(id(exchange.request.body), None)
        redacted = self._redactor.exchange(exchange, searched=known.version if known else None)
        is_same = known is not None and redacted.request.body is known.body
        return Ready(redacted, known.digest if known and is_same else None)
