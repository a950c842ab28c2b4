"""Large exchanges are made ready to be committed in a process of their own.

To decode a body of some hundred megabytes, to search it for secrets and to hash it takes seconds,
in which the writer's thread would commit nothing, and the interpreter do little else. So another
process does that, while the calls of other clients are recorded; only the writing is left then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Final, NamedTuple

from iai_proxy import child_process
from iai_proxy.api import Exchange
from iai_proxy.api.bounds import TooLargeError
from iai_proxy.errors import IaiProxyError
from iai_proxy.recordings.decoding import bodies_of, decoded, with_bodies
from iai_proxy.recordings.foreseen import BodyRow, Ready
from iai_proxy.recordings.redactor import Redactor, Secrets

#: What a process runs (:mod:`iai_proxy.recordings.preparing_child`).
_MODULE: Final = "iai_proxy.recordings.preparing_child"
#: Bytes, decoded, from which on an exchange is large: its thread takes 50 ms for fewer.
LARGE: Final = 8_000_000
#: How many are made ready at once, each of which may take three times its bytes; others wait.
_MOST_AT_ONCE: Final = 2
#: Bytes that are sent at a time: all at once would be copied at each of many steps.
_PIECE: Final = 1 << 20
#: Of so many bytes a process is kept for the next; else its memory goes with it.
_KEPT: Final = 32_000_000


class PreparingError(IaiProxyError):
    """A large exchange could not be made ready."""


class Asked(NamedTuple):
    """What a process is asked; the bodies, as they travelled, come after it.

    Attributes:
        exchange: without its bodies.
        sizes: of the bodies.
        most: bytes that each may have, decoded.
        secrets: what the redactor knows.
    """

    exchange: Exchange
    sizes: tuple[int, int]
    most: int
    secrets: Secrets


class MadeBody(NamedTuple):
    """A body as it is to be stored; its bytes come after it, but not those that are as they came.

    Attributes:
        digest: its SHA-256.
        codec: how it is packed.
        size: in bytes.
        sent: how many bytes come; None if it is as it came.
    """

    digest: bytes
    codec: str
    size: int
    sent: int | None


class Answered(NamedTuple):
    """What it answers.

    Attributes:
        exchange: without secrets and without its bodies.
        bodies: of the request and of the answer.
        secrets: what the redactor knows by now.
    """

    exchange: Exchange
    bodies: tuple[MadeBody, MadeBody]
    secrets: Secrets


class Prepared(NamedTuple):
    """A large exchange that can be committed.

    Attributes:
        ready: the exchange.
        secrets: what is known with it.
        before: what was known before it.
    """

    ready: Ready
    secrets: Secrets
    before: Secrets


def at_once(exchange: Exchange, most: int) -> Exchange | None:
    """Return an exchange decoded; None if it is large.

    Raises:
        TooLargeError: a body has more than ``most`` bytes, decoded.
    """
    if sum(map(len, bodies_of(exchange))) > LARGE:
        return None
    try:
        found = decoded(exchange, min(most, LARGE))
    except TooLargeError:
        if most <= LARGE:
            raise
        return None
    return found if sum(map(len, bodies_of(found))) <= LARGE else None


class Preparing:
    """Makes large exchanges ready, a few at once."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="iai-proxy-preparing")
        self._idle: list[_Process] = []
        self._lock = threading.Lock()

    def start(
        self,
        exchange: Exchange,
        most: int,
        redactor: Redactor,
        then: Callable[[Prepared | Exception], None],
    ) -> None:
        """Begin to make an exchange ready.

        Args:
            exchange: its bodies as they travelled.
            most: bytes that a body may have, decoded.
            redactor: learns now what the heads tell of secrets.
            then: called with what came of it, on another thread.
        """
        redactor.learn_from(exchange.request)
        if exchange.response:
            redactor.learn(exchange.response.headers)
        bodies = bodies_of(exchange)
        head = with_bodies(exchange, b"", b"")
        asked = Asked(head, (len(bodies[0]), len(bodies[1])), most, redactor.secrets)
        self._threads.submit(self._prepare, asked, bodies, then)

    def end(self) -> None:
        """End what has nothing to do; all that was begun has come to its end."""
        self._threads.shutdown()
        while self._idle:
            self._idle.pop().end()

    def _prepare(
        self,
        asked: Asked,
        bodies: tuple[bytes, bytes],
        then: Callable[[Prepared | Exception], None],
    ) -> None:
        try:
            found: Prepared | Exception = self._prepared(asked, bodies)
        except Exception as error:  # whatever it is: a call waits for it
            found = error
        then(found)

    def _prepared(self, asked: Asked, bodies: tuple[bytes, bytes]) -> Prepared:
        process = self._take()
        try:
            prepared = process.prepare(asked, bodies)
        except BaseException:
            process.end()
            raise
        if sum(body.size for body in prepared.ready.bodies or ()) > _KEPT:
            process.end()
        else:
            with self._lock:
                self._idle.append(process)
        return prepared

    def _take(self) -> _Process:
        with self._lock:
            return self._idle.pop() if self._idle else _Process()


class _Process:
    """A process that makes exchanges ready, one after the other."""

    def __init__(self) -> None:
        self._process, self._connection = child_process.start(_MODULE, is_nice=False)

    def prepare(self, asked: Asked, bodies: tuple[bytes, bytes]) -> Prepared:
        """Have an exchange made ready.

        Raises:
            PreparingError: the process has ended.
            TooLargeError: a body has too many bytes, decoded.
        """
        try:
            self._connection.send(asked)
            for body in bodies:
                send_body(self._connection, body)
            answered: Answered | Exception = self._connection.recv()
            if isinstance(answered, Exception):
                raise answered
            rows = [self._row(*both) for both in zip(answered.bodies, bodies, strict=True)]
        except (OSError, EOFError):
            raise PreparingError(_ENDED) from None
        ready = Ready(answered.exchange, None, (rows[0], rows[1]))
        return Prepared(ready, answered.secrets, asked.secrets)

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):
            self._connection.close()

    def _row(self, made: MadeBody, sent: bytes) -> BodyRow:
        data = sent if made.sent is None else receive_body(self._connection, made.sent)
        return BodyRow(made.digest, made.codec, made.size, data)


def send_body(connection: Connection, body: bytes) -> None:
    """Send a body in pieces.

    Raises:
        OSError: the other side has ended.
    """
    for piece in _pieces(memoryview(body)):
        connection.send_bytes(piece)


def receive_body(connection: Connection, size: int) -> bytes:
    """Return a body of so many bytes that is sent in pieces.

    Raises:
        OSError: the other side has ended.
        EOFError: the other side has ended.
    """
    body = bytearray()
    while len(body) < size:
        body += connection.recv_bytes()
    return bytes(body)


def _pieces(body: memoryview) -> Iterator[memoryview]:
    for start in range(0, len(body), _PIECE):
        yield body[start : start + _PIECE]


_ENDED: Final = (
    "the process that makes large calls ready has ended: it was killed, or there was too little "
    "memory"
)
