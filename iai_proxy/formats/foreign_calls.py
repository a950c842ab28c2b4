"""Calls that were read of a file of someone else's, as a recording."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Self

from iai_proxy.api import Exchange
from iai_proxy.api.hosts import is_real_api
from iai_proxy.errors import UsageError
from iai_proxy.recordings.whole_files import new_recording
from iai_proxy.recordings.writer import RecordingFailedError, RecordingWriter

#: Bytes of bodies that may wait to be written, and calls.
_MOST_WAITING: Final = 16_000_000
_MOST_CALLS: Final = 128
#: Problems that are told one by one; of a file that is damaged all over the rest are counted.
_MOST_TOLD: Final = 10
#: A host or an address, IPv6 in brackets, and perhaps a port.
_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s/:\[\]]+)(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Hosts:
    """The servers whose calls are imported: the API's, and those that are named.

    Attributes:
        named: ``host`` or ``host:port``, in lower case.
    """

    named: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Iterable[str]) -> Self:
        """Read what a user names.

        Raises:
            UsageError: it is no name of a host.
        """
        names = list(names)
        for name in names:
            if not _HOST.fullmatch(name):
                raise UsageError(f"--host {name} is no host: give one such as 127.0.0.1:8000")
        return cls(frozenset(name.lower() for name in names))

    def has(self, host: str, port: int) -> bool:
        """Whether calls of a server are wanted."""
        shown = shown_host(host.lower(), port)
        either = {shown, shown.removesuffix(f":{port}")}
        return is_real_api(host) or not either.isdisjoint(self.named)


def shown_host(host: str, port: int) -> str:
    """Return a server as users name it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why something in a file is no call of a recording.

    Attributes:
        noun: what it is; ``nouns`` several of them.
        host: the server, if another one would be taken.
        why: it is left out, if it is not for the server.
    """

    noun: str
    nouns: str
    host: str = ""
    why: str = "no call of the API"

    @classmethod
    def of_host(cls, host: str, port: int) -> Self:
        """Return that a call is for another server."""
        return cls("call to another host", "calls to other hosts", shown_host(host, port))


WEBSOCKET: Final = LeftOut("websocket", "websockets")
CONNECT: Final = LeftOut("CONNECT", "CONNECTs")
SCHEME: Final = LeftOut("address that is not http or https", "addresses that are not http or https")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a piece of a file can't be read: which it is, and what is wrong with it."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call stands in a file.

    What is told of a call that can't be taken is this and a sentence of ours, never a value of the
    file: there may be a key in it, which is not replaced before it is stored.

    Attributes:
        where: as a sentence begins with it: ``entry 3 of x.har, at byte 512,``.
        again: what to do about it.
    """

    where: str
    again: str

    def fault(self, why: str) -> Fault:
        """Return that the call is left out."""
        return Fault(f"{self.where} is left out ({why}): {self.again}")


@dataclass(frozen=True, slots=True)
class Taken:
    """A call that is to be written, and where it stands."""

    exchange: Exchange
    place: Place


Found = Taken | LeftOut | Fault


@dataclass(slots=True)
class ImportedCalls:
    """What became of a file.

    Attributes:
        calls: exchanges written.
        failed: how many of them have no complete answer.
        left_out: what else is in the file, and how often, without calls to other hosts.
        other_hosts: how many calls to each of them are left out.
        problems: what can't be read, a sentence each; of many the first.
        is_whole: whether all of the file could be read.
    """

    calls: int = 0
    failed: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    other_hosts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    is_whole: bool = True
    _untold: int = 0

    def tell(self, sentence: str) -> None:
        """Note a problem."""
        self.is_whole = False
        if len(self.problems) < _MOST_TOLD:
            self.problems.append(sentence)
        else:
            self._untold += 1

    def note(self, left_out: LeftOut) -> None:
        """Count what is left out."""
        if left_out.host:
            self.other_hosts[left_out.host] += 1
        else:
            self.left_out[left_out] += 1

    def end(self) -> None:
        """Say how many problems were not told."""
        if self._untold:
            self.problems.append(f"{self._untold} more can't be read either")


def write_calls(found: Iterable[Found], out: Path) -> ImportedCalls:
    """Write what was found into a new recording, which replaces secrets as any recording does.

    Args:
        found: in order; it is read no further ahead than some megabytes.
        out: the recording, which must not exist, and does once all is written.

    Raises:
        UsageError: the recording exists or can't be written.
        RecordingFailedError: the disk is full.
    """
    result = ImportedCalls()
    with new_recording(out) as writer:
        queue = _Queue(writer, result)
        for piece in found:
            match piece:
                case Taken():
                    queue.write(piece)
                case LeftOut():
                    result.note(piece)
                case Fault():
                    result.tell(piece.sentence)
        queue.end()
    result.end()
    return result


class _Queue:
    """Has exchanges written, and holds back who gives them while much waits."""

    def __init__(self, writer: RecordingWriter, result: ImportedCalls) -> None:
        self._writer = writer
        self._result = result
        self._waiting: deque[tuple[Future[int], Taken, int]] = deque()
        self._bytes = 0

    def write(self, taken: Taken) -> None:
        exchange = taken.exchange
        answer = exchange.response.body if exchange.response else b""
        size = len(exchange.request.body) + len(answer)
        future = self._writer.append(partial(_itself, exchange))
        self._waiting.append((future, taken, size))
        self._bytes += size
        while self._waiting and (self._bytes > _MOST_WAITING or len(self._waiting) > _MOST_CALLS):
            self._wait()

    def end(self) -> None:
        while self._waiting:
            self._wait()

    def _wait(self) -> None:
        future, taken, size = self._waiting.popleft()
        self._bytes -= size
        try:
            future.result()
        except RecordingFailedError as error:
            if isinstance(error.__cause__, sqlite3.Error):
                raise
            self._result.tell(taken.place.fault("it can't be stored").sentence)
            return
        self._result.calls += 1
        self._result.failed += taken.exchange.failure is not None


def _itself(exchange: Exchange) -> Exchange:
    return exchange
