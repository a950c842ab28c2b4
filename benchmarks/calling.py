"""A client without anything that it does not need, in a process of its own.

It sends stored requests over one or several TLS connections, each with a chain of its own, and
measures every ``drive``. The first three calls of each connection are not counted: they open the
connection, and let a proxy and its certificates get ready.
"""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bodies import Call, Stored, chain
from http_over_tls import Messages

UNCOUNTED = 3
_PREFIX = "/v0/aws/m1"


class Result(NamedTuple):
    seconds: list[float]  # of each call, in order for each connection
    wall_s: float  # from the first call to the end of the last one
    made: int  # of all calls, also those that are not in `seconds`

    @property
    def figures(self) -> dict[str, float]:
        found = sorted(self.seconds)
        highest = found[max(0, -(-len(found) * 99 // 100) - 1)]
        per_s = len(found) / self.wall_s
        return {"p50_ms": median(found) * 1e3, "p99_ms": highest * 1e3, "per_s": per_s}


@dataclass(frozen=True)
class Calls:
    """What a client does.

    Attributes:
        host, port: whom the calls are for.
        proxy_port: through which proxy; 0 for none.
        roots: the certificates that the client trusts.
        stored: the folder of the chains; "" for one long chain that is made meanwhile.
        agents: of that chain.
        chains: the numbers of the chains, one a connection.
        count: ``drive`` calls that each connection makes and measures; 0 for its whole chain.
        most_s: makes no more calls after so many seconds; 0 for no limit.
        every_s: begins a call each so many seconds; 0 for one after the other.
        compared: whether answers must be the stored ones.
    """

    host: str
    port: int
    proxy_port: int
    roots: str
    stored: str = ""
    agents: int = 0
    chains: tuple[int, ...] = (0,)
    count: int = 0
    most_s: float = 0.0
    every_s: float = 0.0
    compared: bool = False


def called(calls: Calls) -> Result:
    """Make the calls from a process of its own."""
    command = [sys.executable, __file__, json.dumps(asdict(calls))]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    result = json.loads(done.stdout)
    count = len(result["seconds"]) + UNCOUNTED * len(calls.chains)
    return Result(result["seconds"], result["wall_s"], count)


class Connection:
    """One TLS connection to the API, through a proxy or not."""

    def __init__(self, calls: Calls, context: ssl.SSLContext) -> None:
        plain = socket.create_connection(("127.0.0.1", calls.proxy_port or calls.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if calls.proxy_port:
            target = f"{calls.host}:{calls.port}"
            plain.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            said = plain.recv(4096)
            if b" 200 " not in said.partition(b"\r\n")[0]:
                raise RuntimeError(f"CONNECT: {said!r}")
        self._host = calls.host
        self._secure = context.wrap_socket(plain, server_hostname=calls.host)
        self._messages = Messages(self._secure)

    def ask(self, endpoint: str, request: bytes, which: str) -> tuple[bytes, bytearray]:
        """Make one call; returns the head and the body of the answer."""
        head = (
            f"POST {_PREFIX}/{endpoint} HTTP/1.1\r\nHost: {self._host}\r\nx-bench: {which}\r\n"
            "Content-Type: application/json\r\nAccept-Encoding: gzip, deflate, br\r\n"
            f"Connection: keep-alive\r\nContent-Length: {len(request)}\r\n\r\n"
        )
        self._secure.sendall(head.encode() + request)
        message = self._messages.read()
        if message is None or b" 200 " not in message[0].partition(b"\r\n")[0]:
            raise RuntimeError(f"{endpoint} {which}: {message and bytes(message[1][:2000])!r}")
        return message

    def close(self) -> None:
        self._secure.close()


def main() -> None:
    given = json.loads(sys.argv[1])
    calls = Calls(**{**given, "chains": tuple(given["chains"])})
    clients = [Client(calls, number) for number in calls.chains]
    for client in clients:
        client.join()
    begun, ended = min(each.begun for each in clients), max(each.ended for each in clients)
    seconds = [taken for each in clients for taken in each.seconds]
    print(json.dumps({"seconds": seconds, "wall_s": ended - begun}))
    if any(client.failed for client in clients):
        sys.exit(1)


class Client(threading.Thread):
    """Makes the calls of one connection."""

    _together: threading.Barrier | None = None

    def __init__(self, calls: Calls, number: int) -> None:
        super().__init__()
        type(self)._together = self._together or threading.Barrier(len(calls.chains))
        self._given, self._number = calls, number
        self.seconds: list[float] = []
        self.begun = self.ended = 0.0
        self.failed = True
        self.start()

    def run(self) -> None:
        assert self._together
        try:
            self._run(self._together)
            self.failed = False
        except BaseException:
            self._together.abort()  # the others would wait for ever
            raise

    def _run(self, together: threading.Barrier) -> None:
        given = self._given
        answers: list[tuple[Call, bytes, bytearray]] = []
        connection = Connection(given, ssl.create_default_context(cafile=given.roots))
        for number, call in enumerate(calls_of(given, self._number)):
            if number == UNCOUNTED:
                together.wait()
                self.begun = time.perf_counter()
            if given.every_s and number >= UNCOUNTED:
                due = self.begun + (number - UNCOUNTED) * given.every_s
                time.sleep(max(0.0, due - time.perf_counter()))
            before = time.perf_counter()
            answer = connection.ask(call.endpoint, call.request, f"{self._number}/{number}")
            if number >= UNCOUNTED:
                self.seconds.append(time.perf_counter() - before)
            if given.compared:
                answers.append((call, *answer))
            if given.count and len(self.seconds) == given.count:
                break
            if given.most_s and self.seconds and time.perf_counter() - self.begun > given.most_s:
                break
        self.ended = time.perf_counter()
        connection.close()
        for call, head, body in answers:  # only now, as reading them takes its time too
            if decoded(head, body) != call.answer:
                raise RuntimeError(f"another answer to {call.request[:99]!r}: {body[:500]!r}")


def decoded(head: bytes, body: bytearray) -> bytes | bytearray:
    """Return a body as it was before it was coded for the way."""
    return gzip.decompress(body) if b"\r\ncontent-encoding: gzip" in head.lower() else body


def calls_of(given: Calls, number: int) -> Iterator[Call]:
    if not given.stored:
        yield from chain(number, given.agents)
    else:
        yield from Stored(Path(given.stored)).calls_of(number)


if __name__ == "__main__":
    main()
